"""How long the rest takes, from speeds that were measured here.

In: what every stage is now, and the heartbeats of those that run or ran. Out: seconds. A network's speed is
that of the latest training of the same network on the same data, in the same precision and batch and with the
same live teachers. What nobody measured is counted and not guessed.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import NamedTuple

from attrs import frozen

from banc.graph.graph import Graph
from banc.stage.heartbeat import Heartbeat
from banc.stage.kinds import Address, Data, Import, Predict, Score, Stage, Table, Train
from banc.state.state import State
from banc.status.stage_state import Done, Restorable, Running, StageState


@frozen
class TimeLeft:
    """Of all trainings and sets of teacher outputs that are not finished."""

    seconds: float
    """Of those whose speed is known, one after the other, or as many at once as are running now."""
    measured: int
    """How many those are."""
    unmeasured: int
    """How many come on top, for a time that nobody knows."""

    @property
    def known(self) -> float | None:
        """Seconds of the whole; None where a part of it is unknown."""
        return None if self.unmeasured else self.seconds


class Pace(NamedTuple):
    """How long a stage takes."""

    start: float
    """Seconds from the start of the process to that of the loop."""
    part: float
    """Seconds of an epoch; of a prediction, of all of it."""


def seconds_left(beat: Heartbeat) -> float | None:
    """Of a stage that is running."""
    return (beat.total - beat.done) / beat.images_per_second if beat.images_per_second else None


def time_left(graph: Graph, state: State, states: Mapping[Address, StageState]) -> TimeLeft:
    """What remains of ``states``. Data sets, scores and tables take seconds and are left out."""
    paces = _paces(graph, state)
    left = [
        _left(graph, address, stage_state, state, paces)
        for address, stage_state in states.items()
        if not isinstance(stage_state, Done | Restorable)
        and isinstance(graph.stages[address].stage, Train | Predict)
    ]
    running = [it.seconds_left or 0.0 for it in states.values() if isinstance(it, Running)]
    known = [seconds for seconds in left if seconds is not None]
    seconds = max([sum(known) / max(1, len(running)), *running])
    return TimeLeft(seconds, len(known), len(left) - len(known))


def _left(
    graph: Graph, address: Address, stage_state: StageState, state: State, paces: Mapping[Hashable, Pace]
) -> float | None:
    if isinstance(stage_state, Running) and stage_state.seconds_left is not None:
        return stage_state.seconds_left
    stage = graph.stages[address].stage
    pace = paces.get(_like(graph, stage))
    if pace is None:
        return None
    done = checkpoint.done if (checkpoint := state.checkpoints.get(address)) else 0
    parts = max(0, stage.recipe.epochs - done) if isinstance(stage, Train) else 1
    return pace.start + pace.part * parts


def _paces(graph: Graph, state: State) -> dict[Hashable, Pace]:
    """By what is alike, the latest that was measured."""
    beats = [
        (beat.at, address, beat)
        for beats in (state.ended, state.heartbeats)
        for address, beat in beats.items()
        if beat.images_per_second and address in graph.stages
    ]
    paces: dict[Hashable, Pace] = {}
    for _, address, beat in sorted(beats, key=lambda it: it[:2]):
        assert beat.images_per_second
        stage = graph.stages[address].stage
        parts = stage.recipe.epochs if isinstance(stage, Train) else 1
        # One that went on from a checkpoint was through with less than `done`: its start is taken as 0.
        start = max(0.0, beat.at - beat.since - beat.done / beat.images_per_second)
        paces[_like(graph, stage)] = Pace(start, beat.total / parts / beat.images_per_second)
    return paces


def _like(graph: Graph, stage: Stage) -> Hashable:
    """Stages for which this is equal take equally long, apart from the number of epochs."""
    match stage:
        case Train():
            recipe = stage.recipe
            live = tuple(_network(graph, teacher) for teacher in stage.teachers)
            return "train", stage.model, stage.data, recipe.precision, recipe.batch, live
        case Predict():
            return "predict", _network(graph, stage.model), stage.data, stage.views
        case Data() | Import() | Score() | Table():
            return None


def _network(graph: Graph, address: Address) -> Hashable:
    return getattr(graph.stages[address].stage, "model", address)
