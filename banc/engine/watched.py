"""Plan, events -> Status: what every stage is now, as ``banc repro`` knows it without looking around.

In: the plan that is run and what it was made of, then events, and heartbeats of running stages. Out: a
status, as ``banc status`` shows one. It takes next to no time, so that the stages keep theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from threading import Lock

from banc.engine.event import Begins, Event, Failed, Found, Halted, Ran, Spared
from banc.graph.graph import Graph
from banc.plan.estimate import Estimate
from banc.plan.step import Keep, Plan, Restore
from banc.stage.files import parents
from banc.stage.heartbeat import Failure, Heartbeat
from banc.stage.kinds import Address
from banc.state.state import Holder
from banc.status import stage_state
from banc.status.status import Status, status_from
from banc.status.time_left import seconds_left

Beats = Callable[[Collection[Address]], Mapping[Address, Heartbeat]]
"""The last heartbeat of each of some stages, where there is one."""


class Watched:
    """The stages of one plan, while they are run."""

    def __init__(
        self, graph: Graph, plan: Plan, estimates: Mapping[Address, Estimate], beats: Beats, since: float
    ) -> None:
        """``graph`` has the paths of its specs; ``since``: seconds since 1970, when nothing had begun."""
        self._graph, self._plan, self._estimates, self._beats = graph, plan, estimates, beats
        self._since = since
        self._lock = Lock()
        self._ended: dict[Address, stage_state.StageState] = {}
        self._running: set[Address] = set()
        for step in plan.steps:
            if isinstance(step.action, Keep | Restore):
                self._ended[step.address] = stage_state.Done()

    def note(self, event: Event, now: float) -> None:
        """Takes in what has happened. May be called from any thread."""
        with self._lock:
            match event:
                case Begins(address):
                    self._running.add(address)
                case Ran(address) | Spared(address) | Found(address):
                    self._end(address, stage_state.Done())
                case Failed(address, why):
                    self._end(address, stage_state.Failed(Failure(why, now, 1)))
                case Halted(address):
                    self._end(address, stage_state.Interrupted(None, None))

    def status(self, now: float) -> Status:
        """Of this moment."""
        with self._lock:
            ended, running = dict(self._ended), set(self._running)
        beats = self._beats(running)
        states: dict[Address, stage_state.StageState] = {}
        for step in self._plan.steps:
            address = step.address
            if address in running:
                states[address] = self._at_work(beats.get(address))
            elif address in ended:
                states[address] = ended[address]
            else:
                above = parents(self._graph.stages[address].stage)
                states[address] = stage_state.Waiting(
                    tuple(parent for parent in above if not _is_done(states[parent]))
                )
        tables = frozenset(self._graph.paths)
        return status_from(states, self._graph, self._plan, self._estimates, tables, now)

    def _at_work(self, beat: Heartbeat | None) -> stage_state.Running:
        if beat is None or beat.since < self._since:  # of an earlier run
            return stage_state.Running(Holder(0, ""))
        return stage_state.Running(Holder(beat.process, beat.host), beat, seconds_left(beat))

    def _end(self, address: Address, state: stage_state.StageState) -> None:
        self._running.discard(address)
        self._ended[address] = state


def _is_done(state: stage_state.StageState) -> bool:
    return isinstance(state, stage_state.Done)
