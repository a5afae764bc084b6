"""What ``banc submit`` says: what is to be done, a line for each job, and how to go on.

In: a request. Out: lines, by the names of people; or the scripts that would be submitted.
"""

from __future__ import annotations

from collections import Counter

from banc.cli.fitted import say
from banc.cli.words import count, counted_kinds
from banc.cluster.prepare import PlannedJob
from banc.cluster.request import Request
from banc.stage.kinds import Address
from banc.stage.names import label

SHOWN = 20
"""Jobs that are named."""


def first_line(asked_for: Request) -> str:
    """``2 trainings, 1 score to run; 3 queued already, 2 to restore, 4 kept``."""
    settled = asked_for.settled
    needed = [address for address in settled.needed if address not in {*asked_for.prepared.queued}]
    graph = asked_for.graph
    kinds = Counter(graph.stages[address].stage.KIND for address in (*needed, *settled.tables))
    counts = [
        (len(asked_for.prepared.queued), "queued already"),
        (len(settled.found), "to record"),
        (len(settled.restore), "to restore"),
        (len(settled.kept), "kept"),
    ]
    rest = ", ".join(f"{number} {word}" for number, word in counts if number)
    todo = f"{counted_kinds(kinds)} to run" if kinds else "nothing to run"
    return f"{todo}; {rest}" if rest else todo


class Announcer:
    """Prints a line for each job, but not for thousands."""

    def __init__(self, asked_for: Request) -> None:
        self._asked_for, self._told = asked_for, 0

    def say(self, job: PlannedJob, number: str) -> None:
        """Of a job that has just been submitted."""
        self._told += 1
        all_jobs = len(self._asked_for.prepared.jobs)
        if self._told <= SHOWN or all_jobs <= SHOWN + 1:
            say([announced(self._asked_for, job, number)])
        elif self._told == SHOWN + 1:
            print(f"and {all_jobs - SHOWN} more; this may take a while")


def announced(asked_for: Request, job: PlannedJob, number: str) -> str:
    """``job 17: densenet teacher seed 0, densenet teacher seed 0 outputs; 1:30 h at most``."""
    limit = asked_for.prepared.limits.get(job.script.file)
    longest = "" if limit is None else f"; {_hours(limit)} at most"
    return f"job {number}: {_what(asked_for, job)}{longest}"


def last_line(asked_for: Request) -> str:
    """How many, and what comes now."""
    jobs = len(asked_for.prepared.jobs)
    if not jobs:
        return "no job submitted" if asked_for.prepared.queued else "no job submitted: everything is finished"
    return f"{count(jobs, 'job')} submitted; `banc status` shows them, `banc cancel` cancels them"


def dry(asked_for: Request) -> str:
    """All scripts, each below a line that says what it waits for."""
    numbers: dict[Address, int] = {}
    scripts: dict[str, int] = {}
    records: list[int] = []
    texts = []
    for place, job in enumerate(asked_for.prepared.jobs, 1):
        if job.stages:
            needs = sorted({numbers[address] for address in job.after})
            numbers |= dict.fromkeys(job.stages, place)
            scripts[job.script.file] = place
            waits = f", when {_listed(needs)} ended well" if needs else ""
        else:
            needs = sorted({*(scripts[file] for file in job.after_any), *records})
            records.append(place)
            waits = f", when {_listed(needs)} ended, however; one at a time" if needs else "; one at a time"
        texts.append(f"# job {place}: {_what(asked_for, job)}{waits}\n{job.script.text}")
    return "\n".join(texts) or "# nothing to submit\n"


def _what(asked_for: Request, job: PlannedJob) -> str:
    if not job.stages:
        return "scores, DVC's records, tables"
    return ", ".join(label(asked_for.index, stage) or stage for stage in job.stages)


def _listed(jobs: list[int]) -> str:
    return f"job{'s' if jobs[1:] else ''} {' and '.join(map(str, jobs))}"


def _hours(seconds: float) -> str:
    minutes = -(-int(seconds) // 60)
    return f"{minutes // 60}:{minutes % 60:02} h"
