"""A workspace and names -> what would be submitted; and then it is.

In: what a person asked for. Out: prepared jobs, and their submission. What DVC's cache has is put back first.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from attrs import frozen

from banc.cluster.prepare import PlannedJob, Prepared, prepare
from banc.cluster.resources import Cluster
from banc.cluster.restore import restore
from banc.cluster.settle import Settled, settle
from banc.cluster.submit import submit as submit_jobs
from banc.engine.dvc import refuse_unrecordable
from banc.engine.wanted import wanted
from banc.errors import UsageError
from banc.graph.graph import Graph
from banc.jobs.journal import Job, read_jobs, rewrite, updated, user
from banc.jobs.slurm import queue
from banc.machine import Device, cpu, processes, this_device
from banc.plan.asked import asked
from banc.plan.devices import named
from banc.plan.estimate import Estimate, estimate
from banc.plan.plan import plan
from banc.plan.step import Plan
from banc.read_state import read_state
from banc.stage.index import Index, read_index
from banc.stage.kinds import Address
from banc.state.digests import files
from banc.state.dvc_config import cache_folder
from banc.state.memory import Memory
from banc.state.state import State, Timings


@frozen
class Request:
    """Everything that a submission hangs on."""

    root: Path
    index: Index
    graph: Graph
    settled: Settled
    estimates: dict[Address, Estimate]
    prepared: Prepared
    journal: tuple[Job, ...]
    """What is known of jobs, with their ends as far as Slurm tells."""


def request(root: Path, names: Sequence[str], cluster: Cluster, *, ask: bool) -> Request:
    """What is to be submitted for ``names``.

    Args:
        ask: whether Slurm is asked what has a job already; otherwise nothing has.

    Raises:
        UsageError: a name means nothing that is linked, another user's jobs are at work here, or DVC could
            record nothing here.
        BancError: Slurm cannot be asked.
    """
    index = read_index(root)
    graph = wanted(root, index, names)
    refuse_unrecordable(root)
    state = read_state(root, graph)
    made = plan(graph, state)
    settled = settle(graph, made, state)
    journal = read_jobs(root)
    if ask:
        journal = updated(root, journal, queue({user(), *(job.user for job in journal if not job.end)}))
    alive = [job for job in journal if ask and not job.end]
    if others := {job.user for job in alive} - {user()}:
        raise UsageError(
            f"jobs of {min(others)} are queued or running in this workspace",
            hint="Slurm keeps apart one user's jobs alone; wait for them, or use a workspace of your own",
        )
    estimates = _estimates(made, graph, state, cluster)
    prepared = prepare(
        str(root),
        index,
        graph,
        settled,
        estimates,
        cluster,
        _scripts(alive),
        names=[_from_root(root, name) for name in names],
        python=sys.executable,
    )
    return Request(root, index, graph, settled, estimates, prepared, journal)


def submit(asked_for: Request, say: Callable[[PlannedJob, str], None]) -> None:
    """Puts back what DVC's cache has, and submits the jobs.

    Raises:
        BancError: the cache is damaged, a disk refuses, or Slurm does.
    """
    root, graph = asked_for.root, asked_for.graph
    for address, entry in asked_for.settled.restore.items():
        placed = graph.stages[address]
        there = files(Memory(root), root, asked(address, placed).inputs)
        digests = {path: file.md5 for path, file in there.items() if file.md5}
        restore(root, cache_folder(root), address, placed.stage, entry, digests)
    rewrite(root, _worth_keeping(asked_for.journal, asked_for.index))
    alive = {Address(stage): job.number for job in asked_for.journal if not job.end for stage in job.stages}
    submit_jobs(root, asked_for.prepared, alive, say)


def _from_root(root: Path, name: str) -> str:
    """A name as it is understood in the workspace's folder, in which jobs run."""
    return os.path.relpath(Path(name).resolve(), root) if name.endswith(".toml") else name


def _scripts(alive: Sequence[Job]) -> dict[str, str]:
    """By stage; of a job that records, by its script."""
    return {name: job.script for job in alive for name in job.stages or (job.script,)}


def _worth_keeping(journal: Sequence[Job], index: Index) -> list[Job]:
    """The jobs that have not ended, and of each linked stage the last that ended."""
    last = {stage: job.number for job in journal for stage in job.stages if stage in index.stages}
    return [job for job in journal if not job.end or job.number in last.values()]


def _estimates(made: Plan, graph: Graph, state: State, cluster: Cluster) -> dict[Address, Estimate]:
    """On the device that jobs will have, as far as that is known here."""
    device = device_of(cluster, state.timings)
    return {} if device is None else estimate(made, graph, state.timings, device)


def device_of(cluster: Cluster, timings: Timings) -> Device | None:
    """What networks will compute on: what was said, or without GPUs a CPU like this one; else unknown.

    Raises:
        UsageError: nothing is known of what was said.
    """
    resources = cluster.network
    if resources.device is not None:
        return named(resources.device, timings, cpu(processes()))
    if not resources.gpus:
        return cpu(processes())
    here = this_device()
    return here if here.gpu else None
