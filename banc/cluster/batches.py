"""Stages that must run -> jobs: which stages share one, what each waits for, how long it may take.

In: stages in order, what each reads, and estimates. Out: batches. A pure function.

A job's exit status is one for all its stages, and what hangs on it is cancelled when it fails. So stages
share a job only where that loses nothing: one after another, each reading the one before, and where nobody
outside reads any but the last, or reads the last too. Then who hangs on the job hangs on all of it. Scores
are no jobs: nothing but tables hangs on them, and a job that records makes them beside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from attrs import field, mutable

from banc.plan.estimate import UNKNOWN, Estimate
from banc.stage.kinds import Address


class Wanted(NamedTuple):
    """A stage that must run."""

    address: Address
    reads: frozenset[Address]
    """The stages that must run before, of those that are to be jobs."""
    network: bool
    """Whether it wants a GPU, where there is one."""
    queued: frozenset[Address] = frozenset()
    """What else it reads, of jobs that are queued already."""


@mutable
class Batch:
    """The stages of one job."""

    stages: list[Address]
    network: bool
    seconds: float | None
    """At the upper end of what is estimated. None: a stage of it has no estimate."""
    after: set[Address] = field(factory=set)
    """Stages of other jobs, all of which must end well before; without what these wait for themselves."""


def batches(
    wanted: Sequence[Wanted], estimates: Mapping[Address, Estimate], together: float
) -> tuple[Batch, ...]:
    """The jobs, inputs before what reads them.

    Args:
        together: seconds that the stages of one job may take, where it has several.
    """
    readers: dict[Address, set[Address]] = {stage.address: set() for stage in wanted}
    for stage in wanted:
        for address in stage.reads:
            readers[address].add(stage.address)
    of: dict[Address, Batch] = {}
    made: list[Batch] = []
    above: dict[int, set[Address]] = {}
    for stage in wanted:
        seconds = estimates.get(stage.address, UNKNOWN).high
        batch = _shared(stage, seconds, together, of, above, readers)
        if batch is None:
            batch = Batch([], stage.network, seconds=seconds)
            made.append(batch)
            # Who waits for a job waits for what that one waits for.
            implied = {parent for address in stage.reads for parent in above[id(of[address])]}
            above[id(batch)] = implied | stage.reads
            batch.after = {*stage.reads} - implied | stage.queued
        elif batch.seconds is not None and seconds is not None:
            batch.seconds += seconds
        batch.stages.append(stage.address)
        of[stage.address] = batch
    return tuple(made)


def _shared(
    stage: Wanted,
    seconds: float | None,
    together: float,
    of: Mapping[Address, Batch],
    above: Mapping[int, set[Address]],
    readers: Mapping[Address, set[Address]],
) -> Batch | None:
    """The job that the stage shares; None: it has one of its own."""
    if stage.queued:
        return None
    for batch in {id(of[address]): of[address] for address in stage.reads}.values():
        if batch.stages[-1] not in stage.reads or batch.network != stage.network:
            continue
        if seconds is None or batch.seconds is None or batch.seconds + seconds > together:
            continue
        # Whatever else it reads, the job waits for anyway.
        others = stage.reads - {*batch.stages} - above[id(batch)]
        outside = {reader for address in batch.stages for reader in readers[address]} - {
            stage.address,
            *batch.stages,
        }
        if not others and outside <= readers[stage.address]:
            return batch
    return None
