"""Which jobs of a cluster stages have.

In: the journal of what was submitted (``jobs.journal``), and Slurm, which is asked only where a job may not
have ended. Out: of each stage the last job. Nothing is written. Where Slurm cannot be asked, what was
submitted counts as not ended, in a state that nobody knows.
"""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

from banc.errors import BancError
from banc.jobs.journal import REFUSED, Job, read_jobs, updated
from banc.jobs.slurm import Seen, queue
from banc.stage.kinds import Address
from banc.state.state import ClusterJob


def jobs(root: Path, wanted: Container[Address]) -> dict[Address, ClusterJob]:
    """Of the ``wanted`` stages that were submitted. A job that records has no stages, and stands for none.

    Raises:
        BancError: the journal cannot be read.
    """
    known = [job for job in read_jobs(root) if job.end != REFUSED]
    seen: dict[str, Seen] | None = {}
    if any(not job.end for job in known):
        try:
            seen = queue(job.user for job in known if not job.end)
        except BancError:
            seen = None
        else:
            known = [*updated(root, known, seen)]
    of_stage: dict[Address, ClusterJob] = {}
    for job in known:
        made = _of(job, None if seen is None else seen.get(job.number))
        of_stage |= {address: made for address in made.stages if address in wanted}
    return of_stage


def _of(job: Job, seen: Seen | None) -> ClusterJob:
    stages = tuple(map(Address, job.stages))
    if job.end:
        return ClusterJob(job.number, job.end, stages, node=job.node, ended=job.seen)
    if seen is None:
        return ClusterJob(job.number, "", stages, waits=True, lives=True)
    return ClusterJob(
        job.number, seen.state, stages, waits=seen.waits, lives=True, node=seen.node, reason=seen.reason
    )
