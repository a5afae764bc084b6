"""Slurm's programs: ``sbatch``, ``squeue``, ``scancel``, ``scontrol``. The one door to them.

In: scripts and numbers of jobs. Out: numbers, and what Slurm knows of a user's jobs. Accounting (``sacct``)
is not asked: many clusters have none, so a job is known from its submission until some minutes after its
end.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from attrs import frozen

from banc.errors import BancError

PATIENCE = 60
"""Seconds for an answer."""

WAITS = frozenset({"PENDING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT", "RESV_DEL_HOLD"})
RUNS = frozenset(
    {"RUNNING", "COMPLETING", "CONFIGURING", "SUSPENDED", "STOPPED", "SIGNALING", "STAGE_OUT", "RESIZING"}
)
"""Slurm's words for a job that has not ended; every other is an end."""


@frozen
class Seen:
    """What Slurm says of a job."""

    job: str
    state: str
    """Slurm's word: ``PENDING``, ``RUNNING``, ``OUT_OF_MEMORY``."""
    reason: str = ""
    """Why it waits: ``Dependency``, ``Priority``."""
    node: str = ""
    script: str = ""
    """The file that was submitted; empty where Slurm does not say."""

    @property
    def waits(self) -> bool:
        """Whether it has yet to begin, or to begin again."""
        return self.state in WAITS

    @property
    def lives(self) -> bool:
        """Whether it has not ended."""
        return self.waits or self.state in RUNS


def submit(script: Path, after: str) -> str:
    """Submits a script.

    Args:
        after: what it waits for, as ``--dependency`` spells it; may be empty.

    Returns:
        The number of the job.

    Raises:
        BancError: Slurm refuses, or is not there.
    """
    dependency = [f"--dependency={after}"] if after else []
    return _call("sbatch", "--parsable", *dependency, str(script)).strip().split(";")[0]


def queue(users: Iterable[str]) -> dict[str, Seen]:
    """The jobs of ``users``, by number: those that have ended too, as long as Slurm remembers them.

    Raises:
        BancError: Slurm cannot be asked.
    """
    whose = f"--user={','.join(sorted(set(users)))}"
    text = _call("squeue", "--noheader", "--states=all", whose, "--format=%i|%T|%r|%N|%o")
    found = {}
    for line in text.splitlines():
        fields = line.split("|", 4)
        if len(fields) == 5:
            job, state, reason, node, command = (field.strip() for field in fields)
            reason = "" if reason == "None" else reason
            found[job] = Seen(job, state, reason, node, "" if command == "(null)" else command)
    return found


def cancel(jobs: Sequence[str]) -> None:
    """Cancels jobs. One that has ended meanwhile is no fault.

    Raises:
        BancError: Slurm refuses.
    """
    for at in range(0, len(jobs), 500):  # a command line has its limits
        _call("scancel", "--quiet", *jobs[at : at + 500])


def requeue(job: str) -> None:
    """Has Slurm end a running job, and begin it again under the same number.

    Raises:
        BancError: Slurm refuses.
    """
    _call("scontrol", "requeue", job)


def _call(program: str, *arguments: str) -> str:
    try:
        done = subprocess.run(
            [program, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except FileNotFoundError:
        raise BancError(
            f"there is no `{program}` here, so Slurm cannot be asked",
            hint="call this on a machine from which jobs are submitted: a login node of the cluster",
        ) from None
    except subprocess.TimeoutExpired:
        raise BancError(
            f"Slurm did not answer `{program}` within {PATIENCE} s", hint="`sinfo` shows whether it is up"
        ) from None
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()] or ["no message"]
        said = lines[-1].removeprefix(f"{program}: ").removeprefix("error: ").removeprefix("fatal: ")
        raise BancError(
            f"Slurm refused `{program}`: {said}",
            hint="`sinfo` shows whether Slurm answers on this machine",
        )
    return done.stdout
