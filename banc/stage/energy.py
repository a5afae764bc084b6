"""What stages drew, from what counters of whole devices say.

In: timings. Out: joules by stage. Pure. A counter does not know whose work a device did. While one stage
alone was at work, all that the device drew is that stage's; of several at once, as ``banc repro --jobs`` and
``--per-gpu`` have them, each has an equal share. So a sum over stages counts no joule twice. What else ran on
the machine is in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from attrs import frozen

from banc.stage.timing import Drawn, Timing


@frozen
class Energy:
    """What a stage drew, in joules."""

    gpus: float | None
    """None: not known, as on a CPU."""
    cpus: float | None
    """Of packages and their memory. None: not known."""

    @property
    def whole(self) -> float:
        """As far as it is known."""
        return (self.gpus or 0.0) + (self.cpus or 0.0)


def energies(timings: Iterable[Timing]) -> dict[str, Energy]:
    """By address, of the last run of each stage of which something is known."""
    runs = list(timings)
    by_counter: dict[str, list[tuple[Timing, Drawn]]] = {}
    for timing in runs:
        for drawn in timing.energy:
            by_counter.setdefault(drawn.counter, []).append((timing, drawn))
    last = {timing.address: timing for timing in runs}
    parts: dict[str, dict[str, float]] = {}
    for counter, several in by_counter.items():
        device = counter.partition(" ")[0]
        for (timing, _), joules in zip(several, _shares([drawn for _, drawn in several]), strict=True):
            if timing is last[timing.address]:
                part = parts.setdefault(timing.address, {})
                part[device] = part.get(device, 0.0) + joules
    return {address: Energy(part.get("gpu"), part.get("cpu")) for address, part in parts.items()}


def _shares(readings: list[Drawn]) -> list[float]:
    """Joules of each reading of one counter, where the same moment is in several.

    At a moment the device drew as much as it did on average in the readings around it, and each of them has
    the same part of that.
    """
    edges = sorted({edge for reading in readings for edge in (reading.since, reading.until)})
    starts = sorted(range(len(readings)), key=lambda at: readings[at].since)
    joules = [reading.joules if reading.until <= reading.since else 0.0 for reading in readings]
    begun: set[int] = set()
    waiting = iter([*starts, None])
    following = next(waiting)
    for begin, end in pairwise(edges):
        while following is not None and readings[following].since <= begin:
            begun.add(following)
            following = next(waiting)
        begun = {at for at in begun if readings[at].until >= end}
        if begun:
            watts = sum(readings[at].joules / (readings[at].until - readings[at].since) for at in begun)
            for at in begun:
                joules[at] += watts / len(begun) * (end - begin) / len(begun)
    return joules


def watt_hours(joules: float) -> str:
    """``40 J``, ``3.2 Wh``, ``1.24 kWh``; never 0."""
    hours = joules / 3600
    if hours < 0.1:
        return f"{joules:.0f} J" if joules >= 1 else "less than 1 J"
    if hours < 1000:
        return f"{hours:.1f} Wh" if hours < 100 else f"{hours:.0f} Wh"
    return f"{hours / 1000:,.2f} kWh" if hours < 100_000 else f"{hours / 1000:,.0f} kWh"
