"""How much energy the devices of a stage drew while it ran.

In: counters. Out: joules by counter. Counters that begin again at 0 are looked at now and then, by who
reports progress and never by a thread. What is not known is left out, and never 0.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Protocol

from banc.stage.timing import Drawn

EVERY = 10.0
"""Seconds between two looks. A counter of 65 kJ goes round in 130 s at 500 W."""


class Counter(Protocol):
    """Counts the energy of one device."""

    @property
    def name(self) -> str:
        """Of the device: the same in every process that reads it."""
        ...

    @property
    def range(self) -> float:
        """Joules after which it begins again at 0; 0: it does not."""
        ...

    @property
    def longest(self) -> float:
        """Seconds between two readings, at most, for their difference to be known."""
        ...

    def read(self) -> float:
        """Joules.

        Raises:
            OSError, ValueError: it does not tell.
        """
        ...


class Meter:
    """Adds up what counters count from now on."""

    def __init__(
        self,
        counters: Iterable[Counter] = (),
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._clock, self._now = clock, now
        self._watched: dict[str, _Watched] = {}
        self._next = clock() + EVERY
        self.watch(counters)

    def watch(self, counters: Iterable[Counter]) -> None:
        """Takes these in, too."""
        for counter in counters:
            try:
                first = counter.read()
            except (OSError, ValueError):
                continue
            self._watched[counter.name] = _Watched(counter, first, self._clock(), self._now())

    def look(self) -> None:
        """Reads the counters, if it is time. Otherwise it reads a clock and nothing else."""
        if self._watched and self._clock() >= self._next:
            self._read()

    def drawn(self) -> tuple[Drawn, ...]:
        """What each counted, as far as it is known."""
        self._read()
        until = self._now()
        return tuple(
            Drawn(name, round(one.joules, 3), round(one.since, 3), round(max(until, one.since), 3))
            for name, one in self._watched.items()
        )

    def _read(self) -> None:
        at = self._clock()
        self._next = at + EVERY
        for name, watched in list(self._watched.items()):
            if not watched.advance(at):
                del self._watched[name]


class _Watched:
    def __init__(self, counter: Counter, first: float, at: float, since: float) -> None:
        self._counter, self._last, self._at = counter, first, at
        self.since = since
        self.joules = 0.0

    def advance(self, at: float) -> bool:
        """Adds what was drawn since the last time; False: nobody knows how much."""
        try:
            here = self._counter.read()
        except (OSError, ValueError):
            return False
        if at - self._at > self._counter.longest:
            return False
        drawn = here - self._last
        if drawn < 0:
            drawn += self._counter.range
        if drawn < 0:  # a driver that was loaded anew
            return False
        self.joules += drawn
        self._last, self._at = here, at
        return True
