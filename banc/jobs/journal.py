"""What was submitted from a workspace: which job does which stages, and how it ended.

In: a workspace. Out: ``.banc/jobs.jsonl``, to which lines are appended; the last one about a job counts.
A job's line is written before it is submitted and again with its number, so that a submission that is killed
in between is noticed: Slurm tells the script of each job, and each stage has its script.
"""

from __future__ import annotations

import json
import os
import pwd
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from attrs import evolve, frozen

from banc.digest import Json
from banc.errors import BancError, UsageError
from banc.jobs.slurm import Seen, queue
from banc.paths import PRIVATE, write_atomically

FILE = f"{PRIVATE}/jobs.jsonl"

SCRIPTS = f"{PRIVATE}/jobs"
"""The scripts, named by the first stage of each."""

GONE = "GONE"
"""In place of Slurm's word for how a job ended, where Slurm remembers nothing of it."""


REFUSED = "REFUSED"
"""In place of it, where Slurm did not take the job."""


@frozen
class Job:
    """One job."""

    number: str
    """Empty: it was about to be submitted, and nobody wrote down its number."""
    script: str
    """The file's name in ``SCRIPTS``."""
    stages: tuple[str, ...] = ()
    """What it runs, in this order. None: it records what others have run."""
    user: str = ""
    end: str = ""
    """Slurm's word for how it ended; empty as long as nobody has seen an end."""
    node: str = ""
    """Where it ended."""
    seen: float = 0.0
    """When that end was seen, in seconds since 1970, UTC."""


def read_jobs(root: Path) -> tuple[Job, ...]:
    """All jobs, the latest last. Damaged lines count for nothing.

    Raises:
        BancError: the file is there and cannot be read.
    """
    try:
        text = (root / FILE).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise BancError(f"cannot read `{FILE}`: {(error.strerror or 'no reason given').lower()}") from error
    numbered: dict[str, Job] = {}
    without: dict[str, Job] = {}
    for line in text.splitlines():
        if (job := _from(line)) is None:
            continue
        if job.number:
            numbered[job.number] = job
            without.pop(job.script, None)
        else:
            without[job.script] = job
    return (*numbered.values(), *without.values())


def append(root: Path, *jobs: Job) -> None:
    """Adds what is known of jobs by now.

    Raises:
        BancError: the disk refuses.
    """
    path = root / FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write("".join(f"{_line(job)}\n" for job in jobs).encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise BancError(f"cannot write `{FILE}`: {(error.strerror or 'no reason given').lower()}") from error


def rewrite(root: Path, jobs: Iterable[Job]) -> None:
    """Replaces all by ``jobs``, so that the file does not grow for ever.

    Raises:
        BancError: the disk refuses.
    """
    write_atomically(root / FILE, "".join(f"{_line(job)}\n" for job in jobs))


def updated(root: Path, jobs: Iterable[Job], seen: Mapping[str, Seen]) -> tuple[Job, ...]:
    """``jobs`` with numbers and ends as far as Slurm tells them, without those that were never submitted."""
    by_script = {queued.script: queued.job for queued in seen.values() if queued.lives}
    known: dict[str, Job] = {}
    for job in jobs:
        script = str(root / SCRIPTS / job.script)
        number = job.number or by_script.get(script, "")
        if not number or number in known:
            continue
        told = seen.get(number)
        # A number is given again where Slurm lost its memory: then the script is another.
        if told is not None and told.script not in ("", script):
            told = None
        if job.end or (told is not None and told.lives):
            known[number] = evolve(job, number=number)
        elif told is None:
            known[number] = evolve(job, number=number, end=GONE, seen=time.time())
        else:
            known[number] = evolve(job, number=number, end=told.state, node=told.node, seen=time.time())
    return tuple(known.values())


def at_work(root: Path) -> tuple[Job, ...]:
    """The jobs that have not ended; ends that were not known are written down: Slurm forgets them in minutes.

    Slurm is asked only where there may be one.

    Raises:
        BancError: Slurm cannot be asked, or the disk refuses.
    """
    jobs = read_jobs(root)
    if all(job.end for job in jobs):
        return ()
    now = updated(root, jobs, queue(job.user for job in jobs))
    known = {*jobs}
    if ended := [job for job in now if job.end and job not in known]:
        append(root, *ended)
    return tuple(job for job in now if not job.end)


def refuse_beside_jobs(root: Path, what: str) -> None:
    """For what must not be done while jobs are queued or running: ``what``, as a sentence ends.

    Raises:
        UsageError: there are some.
        BancError: Slurm cannot be asked.
    """
    try:
        number = len(at_work(root))
    except BancError as error:
        raise BancError(
            f"{error.message}; and jobs that were submitted from this workspace may not have ended",
            hint=f"{error.hint or 'try again later'}; where the cluster is no more, delete `{FILE}`",
        ) from error
    if number:
        jobs = "a job of this workspace is" if number == 1 else f"{number} jobs of this workspace are"
        raise UsageError(
            f"{jobs} queued or running on Slurm, so {what}",
            hint="`banc status` shows what they do; wait for them, or `banc cancel` cancels them",
        )


def works_for(process: int | None, jobs: Iterable[Job]) -> bool:
    """Whether a process of this machine was started by Slurm for one of these jobs."""
    try:
        environment = Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
    except OSError:
        return False
    return any(f"SLURM_JOB_ID={job.number}".encode() in environment for job in jobs)


def user() -> str:
    """Who this is, as Slurm knows people."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _line(job: Job) -> str:
    value: dict[str, Json] = {
        "job": job.number,
        "script": job.script,
        "stages": list(job.stages),
        "user": job.user,
    }
    if job.end:
        value |= {"end": job.end, "node": job.node, "seen": job.seen}
    return json.dumps(value)


def _from(line: str) -> Job | None:
    try:
        value = json.loads(line)
        stages = tuple(str(stage) for stage in value["stages"])
        end, node, whose = (str(value.get(key, "")) for key in ("end", "node", "user"))
        seen = float(value.get("seen", 0))
        return Job(str(value["job"]), str(value["script"]), stages, whose, end, node, seen)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
