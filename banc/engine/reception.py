"""Where ninja's jobs ask for their stages: a socket, and a thread for each job that waits.

In: an address, of each job. Out: whether its stage is done. A job that is gone (ninja was stopped or killed)
is noticed, and whoever works for it is told.
"""

from __future__ import annotations

import os
import select
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread
from types import TracebackType

from banc.engine.ask import DONE, FAILED
from banc.stage.kinds import Address

Gone = Callable[[], bool]
"""Whether the job that asked has gone."""


class Reception:
    """Open while it is entered; when it is left, nobody works for a job any more."""

    def __init__(self, path: Path, attend: Callable[[Address, Gone], bool]) -> None:
        """``attend`` does a stage, in a thread of its own, and says whether it is done."""
        self._socket = socket.socket(socket.AF_UNIX)
        _bind(self._socket, path)
        self._socket.listen(128)
        self._attend = attend
        self._attending: list[Thread] = []
        self._open = True
        self._door = Thread(target=self._receive)

    def __enter__(self) -> Reception:
        self._door.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, trace: TracebackType | None) -> None:
        self._open = False
        self._socket.shutdown(socket.SHUT_RDWR)
        self._door.join()
        self._socket.close()
        for thread in self._attending:
            thread.join()

    def _receive(self) -> None:
        while self._open:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._attending = [thread for thread in self._attending if thread.is_alive()]
            self._attending.append(Thread(target=self._answer, args=(connection,)))
            self._attending[-1].start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            with connection.makefile("rb") as file:
                line = file.readline()
            done = self._attend(Address(line.decode().rstrip("\n")), lambda: _is_gone(connection))
            connection.sendall(DONE if done else FAILED)


def _bind(server: socket.socket, path: Path) -> None:
    """Binds ``server`` to ``path``, which may be longer than a socket's path can be: 107 bytes."""
    if not Path("/proc/self/fd").is_dir():
        server.bind(str(path))
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        server.bind(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)


def _is_gone(connection: socket.socket) -> bool:
    """It says nothing after its first line, so what can be read is the end."""
    return bool(select.select([connection], [], [], 0)[0])
