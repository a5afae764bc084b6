"""Runs stages as processes of their own: starts them, waits, stops them.

In: a stage's command. Out: its exit code; what it says goes into ``.banc/logs/<address>.log``. Each is a
child of this process or of the one that forks stages (``engine.forks``), and ends when that one does
(``runner.process.guard``).
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from signal import SIGTERM
from threading import Lock
from typing import BinaryIO

from banc import starters
from banc.engine.forks import PATIENCE, POSSIBLE, Forked, ForkServer, Lost
from banc.errors import BancError
from banc.paths import PRIVATE
from banc.stage.kinds import Address

LOGS = f"{PRIVATE}/logs"

LOOK = 0.05
"""Seconds between two looks at a stage."""

_ERROR = re.compile(r"^error: (?:[a-z]+-[a-z0-9-]+-[0-9a-f]{12}(?: \(.*?\))?(?:: |, ))?", flags=re.MULTILINE)


_Process = subprocess.Popen[bytes] | Forked


class Stages:
    """Those that are running."""

    def __init__(self, root: Path, *, fork: bool) -> None:
        """``fork``: whether several may come, to be forked of one process where that is possible."""
        self._root, self._fork = root, fork and POSSIBLE
        self._server: ForkServer | None = None
        self._running: set[_Process] = set()
        self._lock = Lock()
        self.stopped = 0
        """The signal by which all were stopped; from then on none is started."""

    def run(
        self,
        address: Address,
        command: str,
        environment: Mapping[str, str],
        gone: Callable[[], bool],
        *,
        heavy: bool,
    ) -> int | None:
        """Runs a stage's command until it ends, or stops it when nobody waits any more.

        Args:
            heavy: whether it imports so much that it had better wait for what a server is just importing.

        Returns:
            Its exit code; None where it was not started, because all are stopped.

        Raises:
            BancError: its log is there and is no file.
            OSError: it cannot be started, or the log cannot be written.
        """
        log = self._root / LOGS / f"{address}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists() and not log.is_file():  # a pipe would keep who writes waiting
            raise BancError(f"`{LOGS}/{log.name}` is no file, so nothing can be written there")
        words = shlex.split(command)
        with log.open("wb") as file:
            if server := self._forks(words[0], heavy=heavy):
                try:
                    return self._wait(lambda: server.start(words[1:], environment, file), gone)
                except Lost:
                    self._fork = False
            return self._wait(lambda: self._spawned(words, environment, file), gone)

    def _forks(self, program: str, *, heavy: bool) -> ForkServer | None:
        """Who is to fork the next stage; None where it is to be started."""
        with self._lock:
            if not self._fork or self._ends():
                return None
            if self._server is None:
                self._server = ForkServer(program, self._root)
            server = self._server
        late = time.monotonic() + PATIENCE
        while heavy and not (server.is_ready() or self._ends() or time.monotonic() > late):
            time.sleep(LOOK)
        return server if server.is_ready() else None

    def _ends(self) -> bool:
        return self.stopped > 0

    def _spawned(
        self, words: Sequence[str], environment: Mapping[str, str], log: BinaryIO
    ) -> subprocess.Popen[bytes]:
        # Of its own session: a Ctrl-C reaches this process, which passes it on, and nobody twice.
        return subprocess.Popen(
            words,
            cwd=self._root,
            env={**os.environ, starters.BY_LAUNCH: str(os.getpid()), **environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _wait(self, start: Callable[[], _Process], gone: Callable[[], bool]) -> int | None:
        with self._lock:
            if self.stopped:
                return None
            process = start()
            self._running.add(process)
        alone = False
        try:
            while (code := process.poll()) is None:
                if not alone and gone():
                    alone = True
                    self._tell(process, SIGTERM)
                if isinstance(process, Forked):
                    process.pause(LOOK)
                else:
                    time.sleep(LOOK)
            return code
        finally:
            with self._lock:
                self._running.discard(process)
                if isinstance(process, Forked):
                    process.close()

    def close(self) -> None:
        """To be called when none is running any more."""
        if self._server:
            self._server.close()

    def _tell(self, process: _Process, number: int) -> None:
        with self._lock:
            if not self.stopped:  # otherwise it knows
                process.send_signal(number)

    def stop(self, number: int, *, at_once: bool = False) -> None:
        """Passes a signal on to all, and starts no other: they leave their checkpoints and end.

        Once: a second signal may reach a stage that has its checkpoint and is just leaving, and kill it.

        Args:
            at_once: asks again, where a person does.
        """
        with self._lock:
            if self.stopped and not at_once:
                return
            self.stopped = self.stopped or number
            for process in self._running:
                process.send_signal(number)


def why(root: Path, address: Address, code: int) -> str:
    """What a stage that failed said last, in a line."""
    text = ""
    with suppress(OSError):
        text = (root / LOGS / f"{address}.log").read_text(encoding="utf-8", errors="replace").strip()
    if errors := list(_ERROR.finditer(text)):
        return text[errors[-1].end() :].partition("\n")[0]
    if text:
        return text.rpartition("\n")[2]
    return f"killed by signal {-code}" if code < 0 else f"ended with exit status {code}"
