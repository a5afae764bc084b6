"""The file by which others see how far a stage is (``stage.heartbeat``).

In: heartbeats. Out: ``.banc/progress/<address>.json``, replaced whole. It may never fail or slow a stage:
what the disk refuses is not written, nothing waits for the disk, and a file is written once a second at most,
or rarer where the file system is slow.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from attrs import evolve

from banc.stage.heartbeat import PROGRESS, Heartbeat, beat_text
from banc.stage.kinds import Address

SECONDS = 1.0
"""Between two heartbeats, at least."""

MAX_TIME_FRACTION = 0.01
"""Upper bound on the fraction of run time that is spent writing them."""


class HeartbeatFile:
    """That of one stage. The stage's lock is held by whoever uses it."""

    def __init__(
        self, root: Path, address: Address, kind: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Touches no file."""
        now = time.time()
        self.first = Heartbeat(kind, os.getpid(), os.uname().nodename, since=now, at=now)
        """What the others are made of."""
        name = f"{address}.json"
        self._path, self._pending = root / PROGRESS / name, root / PROGRESS / f"{name}.new"
        self._clock, self._next = clock, 0.0

    def due(self) -> bool:
        """Whether it is time for another. Reads a clock and nothing else."""
        return self._clock() >= self._next

    def write(self, beat: Heartbeat) -> None:
        """Replaces the file. Where that cannot be done, nothing happens."""
        begin = self._clock()
        with suppress(OSError, ValueError):
            text = beat_text(evolve(beat, at=time.time()))
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._pending.write_text(text)
            os.replace(self._pending, self._path)
        end = self._clock()
        self._next = end + max(SECONDS, (end - begin) / MAX_TIME_FRACTION)

    def end(self) -> None:
        """Removes the file: the stage ended well. How long it took stands in ``.banc/timings.jsonl``."""
        for path in (self._path, self._pending):
            with suppress(OSError):
                path.unlink(missing_ok=True)
