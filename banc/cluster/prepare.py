"""What must run -> the jobs that do it: scripts, and what each waits for.

In: a settled plan, estimates, what jobs ask for, and which stages have a job already. Out: values; the same
ones ``--dry-run`` prints. A pure function.

Every so many jobs, and at the end, one job records in DVC what has run by then, makes scores and tables
(``cluster.record``). Slurm runs one of those at a time (``singleton``): DVC's own locks know nothing of
other machines. Nobody waits for them but the next of their kind.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from attrs import field, frozen

from banc.cluster.batches import Wanted, batches
from banc.cluster.resources import Cluster, Resources
from banc.cluster.script import Script, script
from banc.cluster.settle import Settled
from banc.digest import short_digest
from banc.graph.graph import Graph
from banc.plan.estimate import Estimate
from banc.stage.files import parents
from banc.stage.index import Index
from banc.stage.kinds import Address, Import, Predict, Score, Train
from banc.stage.names import label

MARGIN = 1.5
"""By what the upper end of an estimate is multiplied for a time limit."""
AROUND = 600.0
"""Seconds on top: a slow file system, a busy node."""
RECORD_EVERY = 50
"""Jobs, after which one records."""


@frozen
class PlannedJob:
    """A job that is to be submitted."""

    script: Script
    stages: tuple[Address, ...]
    """Empty: it records."""
    after: tuple[Address, ...] = ()
    """Stages whose jobs must end well before."""
    after_any: tuple[str, ...] = ()
    """Jobs of this submission, by script, that must have ended, however."""


@frozen
class Prepared:
    """Everything that is to be submitted."""

    jobs: tuple[PlannedJob, ...]
    """What one waits for stands before it."""
    queued: tuple[Address, ...] = ()
    """Stages that must run and have a job already."""
    limits: Mapping[str, float | None] = field(factory=dict)
    """Seconds of each job's time limit, by script; None: the cluster's."""


def prepare(
    root: str,
    index: Index,
    graph: Graph,
    settled: Settled,
    estimates: Mapping[Address, Estimate],
    cluster: Cluster,
    alive: Mapping[str, str],
    *,
    names: Sequence[str],
    python: str,
) -> Prepared:
    """The jobs for what ``settled`` leaves to do.

    Args:
        alive: scripts of jobs that have not ended, by stage; those that record, by their own script.
        names: what was asked for, as a person named it; for those that record.
        python: that banc is installed for.
    """
    new = [
        needed
        for needed in settled.needed
        if needed not in alive and not isinstance(graph.stages[needed].stage, Score)
    ]
    queued = tuple(needed for needed in settled.needed if needed in alive)
    of_new, of_queued, wanted = {*new}, {*queued}, []
    for address in new:
        above = set(parents(graph.stages[address].stage))
        network = isinstance(graph.stages[address].stage, Train | Import | Predict)
        wanted.append(Wanted(address, frozenset(above & of_new), network, frozenset(above & of_queued)))
    jobs: list[PlannedJob] = []
    limits: dict[str, float | None] = {}
    for batch in batches(wanted, estimates, cluster.network.together):
        resources = cluster.network if batch.network else cluster.cpu
        first, file = batch.stages[0], f"{batch.stages[0]}.sh"
        name = _word(label(index, first) or first) + (f"+{len(batch.stages) - 1}" if batch.stages[1:] else "")
        limits[file] = limit(batch.seconds, resources)
        made = script(
            file,
            name,
            root,
            (python, "-m", "banc", "job", "run", *batch.stages),
            resources,
            seconds=limits[file],
        )
        jobs.append(PlannedJob(made, tuple(batch.stages), tuple(sorted(batch.after))))
    record = script(
        f"record-{short_digest(sorted(names))}.sh",
        f"banc-record-{short_digest(root)}",
        root,
        (python, "-m", "banc", "job", "record", *names),
        cluster.cpu,
        seconds=cluster.cpu.time,
    )
    scores = any(isinstance(graph.stages[needed].stage, Score) for needed in settled.needed)
    open_ends = scores or settled.found or settled.restore or settled.tables
    if jobs or (open_ends and record.file not in alive.values()):
        jobs = _with_records(jobs, record)
        limits[record.file] = cluster.cpu.time
    return Prepared(tuple(jobs), queued, limits)


def limit(seconds: float | None, resources: Resources) -> float | None:
    """The time limit of a job that is estimated to take ``seconds`` at most."""
    if seconds is None:
        return resources.time
    asked = MARGIN * seconds + AROUND
    return asked if resources.time is None else min(asked, resources.time)


def _with_records(jobs: Sequence[PlannedJob], record: Script) -> list[PlannedJob]:
    """The jobs, and after every so many one that records them; it comes last, too."""
    made: list[PlannedJob] = []
    for at in range(0, max(1, len(jobs)), RECORD_EVERY):
        some = jobs[at : at + RECORD_EVERY]
        made += [*some, PlannedJob(record, (), after_any=tuple(job.script.file for job in some))]
    return made


def _word(text: str) -> str:
    """As the name of a job: in one word, for whoever looks at a queue."""
    return re.sub(r"[^A-Za-z0-9._+-]+", "-", text).strip("-")[:60]
