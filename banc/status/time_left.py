"""How long the rest takes: what runs by its own speed, what comes after it as a plan estimates it.

In: what every stage is now, and the estimates of the stages that will or may run (``plan.estimate``). Out:
seconds, and what they rest on. What nobody knows is counted and not guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import frozen

from banc.plan.estimate import UNKNOWN, Estimate
from banc.plan.rates import Basis
from banc.stage.heartbeat import Heartbeat
from banc.stage.kinds import Address
from banc.status.stage_state import Done, Restorable, Running, StageState


@frozen
class TimeLeft:
    """The time left for all trainings, imports and stores that are not finished."""

    seconds: float
    """Seconds for the stages whose time is known, with as many at once as are running now."""
    known: int
    """Number of stages whose time is known."""
    unknown: int
    """Number of stages whose time is unknown; they come on top."""
    bases: tuple[Basis, ...] = ()
    """What the seconds rest on; what most of them rest on first."""
    low: float = 0.0
    """``seconds``, if each stage takes as short as its range says."""
    high: float = 0.0

    @property
    def whole(self) -> float | None:
        """Seconds of the whole; None where a part of it is unknown."""
        return None if self.unknown else self.seconds


def seconds_left(beat: Heartbeat) -> float | None:
    """The time left of a running stage, in seconds; None where it has no speed yet."""
    return (beat.total - beat.done) / beat.images_per_second if beat.images_per_second else None


def time_left(states: Mapping[Address, StageState], estimates: Mapping[Address, Estimate]) -> TimeLeft:
    """What remains of ``states``.

    Args:
        states: of the stages that compute networks. The others take seconds.
        estimates: of those that will or may run.
    """
    left = [
        _left(state, estimates.get(address, UNKNOWN))
        for address, state in states.items()
        if not isinstance(state, Done | Restorable)
    ]
    running = [state.seconds_left or 0.0 for state in states.values() if isinstance(state, Running)]
    shares: dict[Basis, float] = {}
    for one in left:
        shares[one.basis] = shares.get(one.basis, 0.0) + (one.seconds or 0.0)
    known = [one for one in left if one.seconds is not None]

    def whole(seconds: Iterable[float | None]) -> float:
        # No less than the longest of those that run takes by itself.
        return max([sum(one or 0.0 for one in seconds) / max(1, len(running)), *running])

    return TimeLeft(
        seconds=whole(one.seconds for one in known),
        low=whole(one.low for one in known),
        high=whole(one.high for one in known),
        known=len(known),
        unknown=len(left) - len(known),
        bases=tuple(
            sorted((basis for basis, share in shares.items() if share), key=lambda basis: -shares[basis])
        ),
    )


def _left(state: StageState, estimate: Estimate) -> Estimate:
    if isinstance(state, Running) and state.seconds_left is not None:
        return Estimate(state.seconds_left, state.seconds_left, state.seconds_left, "measured here")
    return estimate
