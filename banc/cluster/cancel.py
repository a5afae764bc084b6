"""Cancels jobs of a workspace: ours, and no others.

In: a workspace, and names. Out: the jobs that were cancelled. A job is ours if its number stands in the
journal and Slurm says that it was submitted by its script: numbers are given again where a cluster is set
up anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from banc.engine.wanted import stages_meant
from banc.jobs import slurm
from banc.jobs.journal import Job, at_work
from banc.stage.index import read_index


def cancel(root: Path, names: Sequence[str]) -> tuple[Job, ...]:
    """Cancels the jobs of the stages that ``names`` mean; without names all that have not ended.

    A stage that another spec needs too is of both.

    Raises:
        UsageError: a name means nothing that is linked.
        BancError: Slurm cannot be asked, or refuses.
    """
    jobs = [*at_work(root)]
    if names:
        index = read_index(root)
        stages = {address for name in names for address in stages_meant(root, index, name)}
        jobs = [job for job in jobs if stages & {*job.stages}]
    slurm.cancel([job.number for job in jobs])
    return tuple(jobs)
