"""Graph, State, Plan -> Status: what every stage is now, by table and in all.

In: the graph of what is linked, the workspace's state, the plan that follows from them, and the time. Out: a
value. A pure function: it reads nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from banc.graph.graph import Graph
from banc.plan.asked import asked
from banc.plan.estimate import COMPUTING, Estimate
from banc.plan.reason import Reason, RecordMissing
from banc.plan.step import Keep, Plan, Restore, Run, Step, Wait
from banc.stage.files import parents
from banc.stage.heartbeat import Failure
from banc.stage.kinds import Address
from banc.state.state import ClusterJob, Holder, State
from banc.status.stage_state import (
    Again,
    Done,
    Failed,
    Interrupted,
    Queued,
    Restorable,
    Running,
    StageState,
    Waiting,
)
from banc.status.time_left import TimeLeft, seconds_left, time_left

LOST = {
    "OUT_OF_MEMORY": "`memory` in banc.toml gives jobs more",
    "TIMEOUT": "`time` in banc.toml gives jobs more; `banc submit` goes on from the checkpoint",
    "NODE_FAIL": "`banc submit` submits it again",
    "BOOT_FAIL": "`banc submit` submits it again",
    "DEADLINE": "`banc submit` submits it again",
    "PREEMPTED": "`banc submit` goes on from the checkpoint",
    "FAILED": "`.banc/logs/` may have what it said; `banc submit` submits it again",
}
"""Slurm's words for the end of a job that did not do what it should, and what helps."""


@frozen
class StageStatus:
    """The status of one stage."""

    address: Address
    kind: str
    names: tuple[str, ...]
    """What people call it."""
    state: StageState
    epochs: int | None = None
    """Number of epochs of a training; None for other kinds."""
    job: ClusterJob | None = None
    """The last by which it was submitted to a cluster."""


@frozen
class TableStatus:
    """How far what one spec asks for is."""

    name: str
    path: str
    """The spec, relative to the workspace."""
    finished: int
    """Stages that are done or can be restored."""
    stages: int
    """Number of stages, including those that other specs share."""
    trainings_finished: int
    trainings: int


@frozen
class Status:
    """An experiment at one moment."""

    tables: tuple[TableStatus, ...]
    stages: tuple[StageStatus, ...]
    """Inputs before what reads them; each once, however many tables need it."""
    time_left: TimeLeft
    now: float
    """Seconds since 1970, UTC."""

    def of(self, *kinds: type[StageState]) -> tuple[StageStatus, ...]:
        """The stages whose state is one of these."""
        return tuple(stage for stage in self.stages if isinstance(stage.state, kinds))

    @property
    def finished(self) -> tuple[StageStatus, ...]:
        """The stages that are done or can be restored."""
        return self.of(Done, Restorable)


def status(
    graph: Graph,
    state: State,
    plan: Plan,
    estimates: Mapping[Address, Estimate],
    tables: frozenset[str],
    now: float,
) -> Status:
    """The status of what the specs ``tables`` ask for, by name.

    Args:
        plan: of ``graph`` and ``state``.
        estimates: of ``plan`` on this device.
        now: seconds since 1970, UTC.
    """
    states: dict[Address, StageState] = {}
    for step in plan.steps:
        states[step.address] = _state(step, graph, state, states)
    return status_from(states, graph, plan, estimates, tables, now, state.jobs)


def status_from(
    states: Mapping[Address, StageState],
    graph: Graph,
    plan: Plan,
    estimates: Mapping[Address, Estimate],
    tables: frozenset[str],
    now: float,
    jobs: Mapping[Address, ClusterJob] | None = None,
) -> Status:
    """The same, where what every stage of ``plan`` is now is known already."""
    wanted = {
        address: {use.spec for use in placed.uses} & tables
        for address, placed in graph.stages.items()
        if any(use.spec in tables for use in placed.uses)
    }
    stages = tuple(
        StageStatus(
            step.address,
            step.kind,
            step.names,
            states[step.address],
            step.epochs,
            (jobs or {}).get(step.address),
        )
        for step in plan.steps
        if step.address in wanted
    )
    return Status(
        tables=tuple(
            _table(name, graph.paths[name], [stage for stage in stages if name in wanted[stage.address]])
            for name in sorted(tables)
        ),
        stages=stages,
        time_left=time_left(
            {stage.address: stage.state for stage in stages if stage.kind in COMPUTING}, estimates
        ),
        now=now,
    )


def _table(name: str, path: str, stages: list[StageStatus]) -> TableStatus:
    finished = [stage.kind for stage in stages if isinstance(stage.state, Done | Restorable)]
    trainings = [stage for stage in stages if stage.kind == "train"]
    return TableStatus(name, path, len(finished), len(stages), finished.count("train"), len(trainings))


def _state(step: Step, graph: Graph, state: State, states: Mapping[Address, StageState]) -> StageState:
    address = step.address
    heartbeat, checkpoint = state.heartbeats.get(address), step.checkpoint
    if step.holder is not None:
        # What an earlier process left says nothing of this one.
        of_it = heartbeat and Holder(heartbeat.process, heartbeat.host) == step.holder
        beat = heartbeat if of_it else None
        return Running(step.holder, beat, None if beat is None else seconds_left(beat))
    if isinstance(step.action, Keep) or address in state.made:
        return Done()
    job = state.jobs.get(address)
    if job is not None and job.lives:
        if heartbeat is None or job.waits or not _is_next(address, job, states):
            return Queued(job)
        return Running(Holder(heartbeat.process, heartbeat.host), heartbeat, seconds_left(heartbeat))
    if address in state.at_work or _is_being_recorded(address, graph, state):
        return Running(None)
    reason: Reason | None = None
    match step.action:
        case Restore(size):
            return Restorable(size)
        case Run(why):
            reason = why
        case Wait():
            pass
    if (failure := state.failures.get(address)) is not None:
        return Failed(failure)
    if job is not None and job.state in LOST and _is_next(address, job, states):
        return Failed(_lost(job))
    if heartbeat is not None or checkpoint is not None:
        return Interrupted(checkpoint, heartbeat)
    if reason is not None and (_has_run(address, state) or isinstance(reason, RecordMissing)):
        return Again(reason)
    above = parents(graph.stages[address].stage)
    return Waiting(tuple(parent for parent in above if not isinstance(states[parent], Done | Restorable)))


def _is_next(address: Address, job: ClusterJob, states: Mapping[Address, StageState]) -> bool:
    """Whether the job has done all that it does before this stage."""
    before = job.stages[: job.stages.index(address)]
    return all(isinstance(states.get(other), Done | Restorable) for other in before)


def _lost(job: ClusterJob) -> Failure:
    """Of a job that could not say itself why it failed."""
    where = f" on {job.node}" if job.node else ""
    told = job.state.lower().replace("_", " ")
    return Failure(f"Slurm ended job {job.number}{where}: {told}", job.ended, 1, LOST[job.state])


def _is_being_recorded(address: Address, graph: Graph, state: State) -> bool:
    """Whether it has just ended, and DVC has yet to write its lock."""
    if not state.dvc_locks or _has_run(address, state):
        return False
    return all(path in state.files for path in asked(address, graph.stages[address]).outputs)


def _has_run(address: Address, state: State) -> bool:
    return any(address in lock for lock in state.locks.values())
