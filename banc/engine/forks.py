"""Asks ``runner.process.fork_server`` for stages, where a fork is possible and more than one stage may run.

In: a command, variables and a log. Out: a process that one can poll and send signals to, as one of
``subprocess``. The server is the program of the command itself, so whichever ``banc`` the PATH names. Where
it does not come to be ready, or dies, stages are started one by one.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from banc import starters
from banc.errors import BancError
from banc.runner.process.fork_server import LONGEST, request

POSSIBLE = sys.platform == "linux"
"""Elsewhere a process that has imported torch cannot be forked safely, or there is no pidfd."""

PATIENCE = 120.0
"""Seconds for an answer: imports, on a slow disk, and a fork."""

GRACE = 5.0
"""Seconds that the server has to end."""


class Lost(BancError):
    """The server has ended, or does not answer."""


class Forked:
    """A stage that the server has forked."""

    def __init__(self, pidfd: int, connection: socket.socket) -> None:
        self._pidfd, self._connection = pidfd, connection

    def poll(self) -> int | None:
        """Its exit code, as ``subprocess`` has them; None while it runs.

        Raises:
            Lost: it has ended, and nobody knows how, since the server ended before.
        """
        if not select.select([self._connection], [], [], 0)[0]:
            return None
        word, _, code = _receive(self._connection).partition(" ")
        if word == "ended":
            return int(code)
        # Without the server it stops by itself, and leaves a checkpoint.
        select.select([self._pidfd], [], [])
        raise Lost("the process that forks stages has ended")

    def pause(self, seconds: float) -> None:
        """Returns when it has ended, or after some seconds."""
        select.select([self._connection], [], [], seconds)

    def send_signal(self, number: int) -> None:
        """Where it has not ended."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, number)

    def close(self) -> None:
        """To be called when it has ended."""
        self._connection.close()
        os.close(self._pidfd)


class ForkServer:
    """One server, started at once, and asked by one thread at a time."""

    def __init__(self, program: str, root: Path) -> None:
        """``program``: the first word of a stage's command.

        Raises:
            OSError: there is no such program.
        """
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(PATIENCE)
        with theirs:
            # Of its own session, as stages are, which a Ctrl-C reaches through this process.
            self._process = subprocess.Popen(
                [program, starters.FORK_SERVER, str(theirs.fileno())],
                cwd=root,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self._number = ""

    def is_ready(self) -> bool:
        """Whether it has imported everything by now."""
        return bool(self._number) or bool(select.select([self._control], [], [], 0)[0])

    def start(self, words: Sequence[str], variables: Mapping[str, str], log: BinaryIO) -> Forked:
        """Starts a stage, as soon as the server is ready.

        Raises:
            Lost: the server has ended, or was none.
            OSError: there cannot be another process.
        """
        self._number = self._number or _receive(self._control)
        if not self._number.isdecimal():
            raise Lost("no process that forks stages could be started")
        message = request([*words], {**variables, starters.BY_LAUNCH: self._number})
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(PATIENCE)
        try:
            with theirs:
                socket.send_fds(self._control, [message], [theirs.fileno(), log.fileno()])
            told, descriptors, _, _ = socket.recv_fds(ours, LONGEST, 1)
        except OSError as error:
            ours.close()
            raise Lost(f"the process that forks stages does not answer: {error}") from error
        if descriptors:
            return Forked(descriptors[0], ours)
        ours.close()
        if told.startswith(b"error "):
            number = int(told.split()[1])
            raise OSError(number, os.strerror(number))
        raise Lost("the process that forks stages has ended")

    def close(self) -> None:
        """Ends the server. Stages that it has forked and that still run stop, too."""
        self._control.close()
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _receive(connection: socket.socket) -> str:
    """Nothing, where the other end has gone."""
    try:
        return connection.recv(LONGEST).decode()
    except OSError:
        return ""
