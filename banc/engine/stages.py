"""Runs stages as processes of their own: starts them, waits, stops them.

In: a stage's command. Out: its exit code; what it says goes into ``.banc/logs/<address>.log``. Each is a
child of this process, and ends when this one does (``runner.process.guard``).
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from signal import SIGTERM
from threading import Lock

from banc import starters
from banc.paths import PRIVATE
from banc.stage.kinds import Address

LOGS = f"{PRIVATE}/logs"

LOOK = 0.05
"""Seconds between two looks at a stage."""

_ERROR = re.compile(r"^error: (?:[a-z]+-[a-z0-9-]+-[0-9a-f]{12}(?: \(.*?\))?(?:: |, ))?", flags=re.MULTILINE)


class Stages:
    """Those that are running."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = Lock()
        self.stopped = 0
        """The signal by which all were stopped; from then on none is started."""

    def run(
        self, address: Address, command: str, environment: Mapping[str, str], gone: Callable[[], bool]
    ) -> int | None:
        """Runs a stage's command until it ends, or stops it when nobody waits any more.

        Returns:
            Its exit code; None where it was not started, because all are stopped.

        Raises:
            OSError: it cannot be started, or the log cannot be written.
        """
        log = self._root / LOGS / f"{address}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as file, self._lock:
            if self.stopped:
                return None
            # Of its own session: a Ctrl-C reaches this process, which passes it on, and nobody twice.
            process = subprocess.Popen(
                shlex.split(command),
                cwd=self._root,
                env={**os.environ, starters.BY_LAUNCH: str(os.getpid()), **environment},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._running.add(process)
        alone = False
        while process.poll() is None:
            if not alone and gone():
                alone = True
                self._tell(process, SIGTERM)
            time.sleep(LOOK)
        with self._lock:
            self._running.discard(process)
        return process.returncode

    def _tell(self, process: subprocess.Popen[bytes], number: int) -> None:
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
