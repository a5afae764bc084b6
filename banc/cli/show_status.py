"""A status as text, for one screen.

In: a status. Out: lines for people: each table, then what runs, what failed, what was interrupted, what is
to run again and what waits, and how long it takes. They are forty at most, for three hundred stages too: of
each kind the first few are named and the others counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from banc.cli.graphics import bar, sparkline
from banc.cli.show_costs import WORDS as BASES
from banc.cli.words import count, counted_kinds
from banc.printable import cropped, one_line
from banc.stage.called import spoken
from banc.stage.heartbeat import Heartbeat
from banc.state.state import ClusterJob
from banc.status.stage_state import (
    Again,
    Done,
    Failed,
    Interrupted,
    Queued,
    Restorable,
    Running,
    Waiting,
)
from banc.status.status import StageStatus, Status, TableStatus
from banc.status.time_left import TimeLeft

TABLES = 4
"""Tables that are named, at most."""
RUNNING = 8
"""Running stages that are named, at most; where they are more than a few, each is one line and not two."""
FEW = 3
"""The same for what failed, and for what was interrupted."""
NAME = 80
"""Characters of a name, at most; of a longer one the middle is left out, since it may differ at its end."""
ALIGNED = 44
"""Characters of a name with which others are aligned, at most."""
LINE = 110
"""Characters of a message, at most."""
CURVE = 24
"""Characters of a curve."""


def lines(status: Status, *, blocks: bool, color: bool) -> Iterator[str]:
    """The whole status.

    Args:
        blocks: whether bars and curves can be shown.
    """
    yield from _tables(status.tables, blocks=blocks)
    yield from _section("running", "36", list(_running(status, blocks=blocks)), color=color)
    for word, paint, kind in (("failed", "31", Failed), ("interrupted", "33", Interrupted)):
        stages = status.of(kind)
        named = [f"  {_name(stage)}: {describe(stage, status.now)}" for stage in stages[:FEW]]
        yield from _section(word, paint, [*named, *_more(stages[FEW:])], color=color)
    yield ""
    for words, stages in (
        ("to restore from DVC's cache", status.of(Restorable)),
        ("to run again (`banc plan` says why)", status.of(Again)),
        ("waiting", status.of(Waiting)),
        ("queued on the cluster", status.of(Queued)),
    ):
        if stages:
            yield f"{words}: {_counts(stages)}{_why_queued(stages)}"
    yield "everything is finished" if _is_over(status) else f"time left: {time_left(status.time_left)}"


def describe(stage: StageStatus, now: float) -> str:
    """What a stage is, in a few words."""
    return one_line(_words(stage, now))


def _words(stage: StageStatus, now: float) -> str:
    match stage.state:
        case Done():
            return "done"
        case Restorable():
            return "in DVC's cache"
        case Running(None):
            return "DVC starts it, or records its outputs"
        case Running(_, None):
            return "running"
        case Running(_, beat, left) if beat is not None:
            more = ", ".join([*_figures(beat), f"{duration(left)} left" if left is not None else ""])
            return ", ".join(part for part in (beat.phase or "starts", more.strip(", ")) if part)
        case Queued(job):
            return _queued(job)
        case Failed(failure):
            where = f"{failure.where}: " if failure.where else ""
            reason = cropped(where + failure.message, LINE)
            return f"{reason} ({duration(now - failure.when)} ago)"
        case Interrupted(checkpoint, beat):
            if checkpoint is None:
                where = f"at {beat.phase}, begins anew" if beat and beat.phase else "begins anew"
            elif stage.epochs is None:
                where = f"after {checkpoint.done:,} outputs"
            else:
                steps = f" and {count(checkpoint.steps, 'step')}" if checkpoint.steps else ""
                where = f"after epoch {checkpoint.done} of {stage.epochs}{steps}"
            last = f" (last sign {duration(now - beat.at)} ago on {beat.host})" if beat else ""
            return where + last
        case Again():
            return "to run again"
        case Waiting():
            return "waiting"
        case _:
            raise AssertionError(stage.state)


def _queued(job: ClusterJob) -> str:
    if not job.waits:
        return f"job {job.number} on {job.node}, not begun"
    why = {"": "", "Dependency": ", waits for other jobs"}.get(job.reason, f", waits: {job.reason}")
    return f"job {job.number}" + (why if job.state else ", and Slurm cannot be asked")


def _why_queued(stages: Sequence[StageStatus]) -> str:
    """What the jobs wait for, in Slurm's words; nothing of stages that are not queued."""
    jobs = {stage.state.job.number: stage.state.job for stage in stages if isinstance(stage.state, Queued)}
    if any(not job.state for job in jobs.values()):
        return "; Slurm cannot be asked"
    reasons = Counter(
        {"Dependency": "wait for other jobs", "": "start"}.get(job.reason, job.reason)
        if job.waits
        else "running"
        for job in jobs.values()
    )
    counted = one_line(", ".join(f"{number} {reason}" for reason, number in reasons.most_common()))
    return f" in {count(len(jobs), 'job')} ({counted})" if jobs else ""


def duration(seconds: float) -> str:
    """``45 s``, ``12:05 min``, ``5:10 h``, ``3.2 days``."""
    seconds = max(0.0, seconds)
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02} min"
    hours, minutes = divmod(round(seconds / 60), 60)
    if hours < 48:
        return f"{hours}:{minutes:02} h"
    return f"{hours / 24:.1f} days" if hours < 239 else f"{hours / 24:,.0f} days"


def time_left(left: TimeLeft) -> str:
    """Of the whole; what nobody knows is said and not guessed."""

    def unit(time: str) -> str:
        return time.partition(" ")[2]

    what = f"{count(left.unknown, 'stage')} of unknown time"
    known = f"about {duration(left.seconds)}"
    if (low := duration(left.low)) != (high := duration(left.high)):
        known += f", {low if unit(low) != unit(high) else low.partition(' ')[0]} to {high}"
    if left.bases:
        known += f" ({' and '.join(BASES[basis] for basis in left.bases)})"
    match left.known, left.unknown:
        case 0, 0:
            return "seconds"  # data sets, scores and tables
        case _, 0:
            return known
        case 0, _:
            return f"unknown ({what})"
        case _:
            return f"{known}, and {what}"


def _tables(tables: Sequence[TableStatus], *, blocks: bool) -> Iterator[str]:
    width = _aligned(map(_table_name, tables[:TABLES]))
    for table in tables[:TABLES]:
        yield (
            f"{_table_name(table).ljust(width)}  {bar(table.finished, table.stages, 24, blocks=blocks)}"
            f"  {table.finished} of {table.stages} finished"
            f" ({table.trainings_finished} of {table.trainings} trainings)"
        )
    if tables[TABLES:]:
        finished, stages = (
            sum(getattr(table, key) for table in tables[TABLES:]) for key in ("finished", "stages")
        )
        yield f"{len(tables) - TABLES} more tables: {finished} of {stages} finished"


def _table_name(table: TableStatus) -> str:
    return _middle_cropped(one_line(table.name))


def _middle_cropped(text: str) -> str:
    half = (NAME - 3) // 2
    return text if len(text) <= NAME else f"{text[:half]}...{text[-half:]}"


def _running(status: Status, *, blocks: bool) -> Iterator[str]:
    stages = status.of(Running)
    width = _aligned(map(_name, stages[:RUNNING]))
    for stage in stages[:RUNNING]:
        assert isinstance(stage.state, Running)
        beat, left, name = stage.state.heartbeat, stage.state.seconds_left, _name(stage).ljust(width)
        if beat is None or not beat.total:
            yield f"  {name}  {describe(stage, status.now)}"
            continue
        ends = f"{duration(left)} left" if left is not None else "time left unknown"
        silent = status.now - beat.at
        late = f", job {stage.job.number} on {stage.job.node}" if stage.job and stage.job.lives else ""
        late += f", last sign {duration(silent)} ago" if silent > 60 else ""
        done = bar(beat.done, beat.total, 16, blocks=blocks)
        yield f"  {name}  {done}  {one_line(beat.phase)}, {ends}{late}"
        if len(stages) <= RUNNING // 2:
            curve = sparkline(beat.losses, CURVE) if blocks else ""
            yield f"    {one_line(', '.join(_figures(beat)))}  {curve}".rstrip()
    yield from _more(stages[RUNNING:])


def _figures(beat: Heartbeat) -> Iterator[str]:
    if beat.loss is not None:
        yield f"training loss {beat.loss:.4f}"
    if beat.error is not None:
        yield f"training error {beat.error:.2f} %"
    if beat.images_per_second:
        yield f"{beat.images_per_second:,.0f} images/s"
    if beat.device:
        yield beat.device


def _section(title: str, paint: str, content: Sequence[str], *, color: bool) -> Iterator[str]:
    if content:
        yield ""
        yield f"\x1b[{paint}m{title}\x1b[0m" if color else title
        yield from content


def _more(stages: Sequence[StageStatus]) -> Iterator[str]:
    if stages:
        yield f"  and {len(stages)} more (`--format json` has all)"


def _is_over(status: Status) -> bool:
    return len(status.of(Done)) == len(status.stages)


def _name(stage: StageStatus) -> str:
    return _middle_cropped(one_line(spoken(stage.names)) or stage.address)


def _aligned(names: Iterable[str]) -> int:
    """How wide the column of ``names`` is; the longest stick out."""
    return min(ALIGNED, max(map(len, names), default=0))


def _counts(stages: Iterable[StageStatus]) -> str:
    return counted_kinds(Counter(stage.kind for stage in stages))
