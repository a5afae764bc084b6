"""Jobs -> the text of a build file for ninja.

In: jobs, and how many of them may be at work. Out: text. A pure function. Ninja decides when a job may begin
and how many run at once, and goes on past a failure. The command of each job asks ``engine.reception`` and
waits for the answer; what it stands for, no file, never exists, so ninja asks for every job once.
"""

from __future__ import annotations

from collections.abc import Sequence

from banc.engine.machine import Machine
from banc.engine.work import Job

_HEAD = """\
rule stage
  command = {command} $out
  description = $out
"""


def build_file(jobs: Sequence[Job], machine: Machine, command: Sequence[str]) -> str:
    """Asks for each job by ``command``, to which the address is added."""
    lines = [_HEAD.format(command=" ".join(map(_word, command)))]
    for pool, depth in (("device", machine.places), ("cores", 1)):
        lines += [f"pool {pool}\n  depth = {depth}\n"] if depth else []
    for job in jobs:
        lines.append(f"build {' '.join([f'{job.stage.address}: stage', *job.after])}")
        if pool := _pool(job, machine):
            lines.append(f"  pool = {pool}")
    return "\n".join(lines) + "\n"


def _pool(job: Job, machine: Machine) -> str:
    if job.network and machine.gpus:
        return "device"
    # A large step takes all cores, and so many threads that its bytes do not depend on what runs beside it.
    return "" if job.small or machine.threads else "cores"


def _word(text: str) -> str:
    """For ninja, and for the shell that ninja calls."""
    return "'" + text.replace("'", "'\\''").replace("$", "$$") + "'"
