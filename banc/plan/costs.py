"""What a plan costs in all: time, bytes, and what stored teacher outputs save.

In: a plan, its graph, the state it was made of, and the device that is planned for. Out: sums. Pure, like the
plan itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import frozen

from banc.graph.graph import Graph
from banc.machine import Device
from banc.plan.estimate import Estimate, estimated, time_around
from banc.plan.rates import BASES, Basis, Rates
from banc.plan.step import Plan, Restore
from banc.plan.work import Networks, Work, work
from banc.stage.kinds import Address, Train
from banc.state.state import Disk, State


@frozen
class Total:
    """The estimated time of several stages, run one after the other as DVC does."""

    seconds: float
    low: float
    high: float
    shares: Mapping[Basis, float]
    """Seconds by basis, the most reliable basis first; bases that no second rests on are left out."""
    unknown: int
    """Number of stages whose time is unknown; they are not in the seconds."""


@frozen
class Bytes:
    """Disk space that a plan needs, in bytes."""

    writes: int
    """Size of the outputs of all stages that will or may run."""
    unknown: int
    """Number of stages whose size is unknown; they are not in the bytes."""
    restores: int
    """Bytes that are restored from DVC's cache."""
    meanwhile: int
    """Size of the largest checkpoints of one stage; only one runs at a time."""
    disk: Disk | None

    @property
    def in_workspace(self) -> int:
        """What the workspace's disk must have room for, DVC's cache aside."""
        return self.writes + self.restores + self.meanwhile

    @property
    def missing(self) -> int:
        """Bytes that are not free and will be asked for; 0 where all fits, or nobody knows what is free.

        DVC's cache gets a copy of what is written, unless the file system lets both share it.
        """
        if self.disk is None:
            return 0
        if self.disk.cache is None:
            return max(0, self.in_workspace + self.writes - self.disk.free)
        return max(0, self.in_workspace - self.disk.free, self.writes - self.disk.cache)


@frozen
class Stores:
    """What stored teacher outputs cost and save."""

    stores: int
    """Number of stores that are still to be made."""
    passes: int
    """Forward passes needed to make them."""
    seconds: float | None
    """None: unknown, here and below."""
    bytes: int
    spared: int
    """Forward passes that students save by reading these stores and finished ones."""
    spared_seconds: float | None


@frozen
class Costs:
    """Everything that a plan costs."""

    device: Device
    work: Mapping[Address, Work]
    """The remaining work of each stage that will or may run."""
    estimates: Mapping[Address, Estimate]
    """The estimated time of each of these stages."""
    bytes: Bytes
    stores: Stores

    def total(self, addresses: Iterable[Address]) -> Total:
        """The estimated time of these stages together."""
        return total(self.estimates[address] for address in addresses)


def costs(plan: Plan, graph: Graph, state: State, device: Device) -> Costs:
    """The costs of ``plan`` on ``device``."""
    left = work(plan, graph)
    rates, around = Rates(state.timings, device), time_around(state.timings, device)
    estimates = {address: estimated(job, address, rates, around) for address, job in left.items()}
    known = [job.writes for job in left.values() if job.writes is not None]
    return Costs(
        device,
        left,
        estimates,
        Bytes(
            writes=sum(known),
            unknown=len(left) - len(known),
            restores=sum(step.action.bytes for step in plan.steps if isinstance(step.action, Restore)),
            meanwhile=max((job.meanwhile for job in left.values()), default=0),
            disk=state.disk,
        ),
        _stores(graph, left, estimates, rates),
    )


def total(estimates: Iterable[Estimate]) -> Total:
    """The sum of ``estimates``. Ends of ranges are added, as if all estimates were wrong in the same
    direction.
    """
    seconds = low = high = 0.0
    unknown = 0
    shares = dict.fromkeys(BASES, 0.0)
    for estimate in estimates:
        if estimate.seconds is None or estimate.low is None or estimate.high is None:
            unknown += 1
        else:
            seconds, low, high = seconds + estimate.seconds, low + estimate.low, high + estimate.high
            shares[estimate.basis] += estimate.seconds
    return Total(seconds, low, high, {basis: part for basis, part in shares.items() if part}, unknown)


def _stores(
    graph: Graph, left: Mapping[Address, Work], estimates: Mapping[Address, Estimate], rates: Rates
) -> Stores:
    networks = Networks(graph)
    spared, spared_seconds = 0, 0.0
    all_known = True
    for address, job in left.items():
        stage = graph.stages[address].stage
        if isinstance(stage, Train):
            for store in stage.teacher_outputs:
                spared += job.trained
                teacher = networks.of_store(store)
                rate = None if teacher is None else rates.forward(teacher, job.pixels)
                all_known = all_known and rate is not None
                spared_seconds += 0.0 if rate is None else job.trained * rate.seconds
    made = {address: job for address, job in left.items() if job.kind == "predict"}
    seconds = [estimates[address].seconds for address in made]
    known = [second for second in seconds if second is not None]
    return Stores(
        stores=len(made),
        passes=sum(job.passed for job in made.values()),
        seconds=sum(known) if len(known) == len(seconds) else None,
        bytes=sum(job.writes or 0 for job in made.values()),
        spared=spared,
        spared_seconds=spared_seconds if all_known else None,
    )
