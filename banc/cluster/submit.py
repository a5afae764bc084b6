"""Submits what was prepared, and writes down what was submitted.

In: prepared jobs and the journal. Out: numbers of jobs. Whoever kills it at any moment loses nothing: what
was submitted is known from the journal and from Slurm, and the next call submits the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from attrs import evolve

from banc.cluster.prepare import PlannedJob, Prepared
from banc.cluster.script import LOGS
from banc.errors import BancError
from banc.jobs import slurm
from banc.jobs.journal import REFUSED, SCRIPTS, Job, append, user
from banc.paths import write_atomically
from banc.stage.kinds import Address


def submit(
    root: Path, prepared: Prepared, alive: Mapping[Address, str], say: Callable[[PlannedJob, str], None]
) -> None:
    """Submits all, and tells of each with its number.

    Args:
        alive: numbers of the jobs that have not ended, by stage.

    Raises:
        BancError: Slurm refuses one; those before it are submitted.
    """
    (root / LOGS).mkdir(parents=True, exist_ok=True)
    numbers: dict[str, str] = {}
    of_stage = dict(alive)
    records: list[str] = []
    done: list[Job] = []
    for job in prepared.jobs:
        path = root / SCRIPTS / job.script.file
        write_atomically(path, job.script.text)
        entry = Job("", job.script.file, tuple(job.stages), user())
        append(root, *done, entry)
        try:
            number = slurm.submit(
                path, dependency(job, of_stage, numbers, (*records, *_queued(prepared, alive)))
            )
        except BancError as error:
            append(root, evolve(entry, end=REFUSED))
            raise BancError(
                f"{len(numbers) + len(records)} of {len(prepared.jobs)} jobs were submitted, and then: "
                f"{error.message}",
                hint="`banc submit` submits the others, when the cause is repaired or some have ended; "
                "`banc cancel` cancels what is submitted",
            ) from error
        done = [Job(number, entry.script, entry.stages, entry.user)]
        if job.stages:
            numbers[job.script.file] = number
            of_stage |= dict.fromkeys(job.stages, number)
        else:
            records.append(number)
        say(job, number)
    append(root, *done)


def dependency(
    job: PlannedJob, of_stage: Mapping[Address, str], numbers: Mapping[str, str], before: Iterable[str]
) -> str:
    """What ``job`` waits for, as ``--dependency`` spells it.

    Args:
        of_stage: numbers of jobs by stage.
        numbers: the same, by script.
        before: other jobs that must have ended, however, before one that records.
    """
    if job.stages:
        needs = sorted({of_stage[address] for address in job.after}, key=_by_number)
        return f"afterok:{':'.join(needs)}" if needs else ""
    ended = sorted({*(numbers[file] for file in job.after_any), *before}, key=_by_number)
    return ",".join([*([f"afterany:{':'.join(ended)}"] if ended else []), "singleton"])


def _queued(prepared: Prepared, alive: Mapping[Address, str]) -> set[str]:
    return {alive[address] for address in prepared.queued}


def _by_number(number: str) -> tuple[int, str]:
    return len(number), number
