"""A difference as text, and as Markdown for a pull request.

In: a difference, its cost on a device, and both graphs. Out: lines. Runs with one cause stand together, seeds
are listed, and what only follows is counted. Names are other people's: no terminal obeys them, and no forge
links them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from attrs import frozen

from banc.cli.show_costs import spent
from banc.cli.words import KINDS, count, of_seeds, value
from banc.diff.cost import Cost, Effort
from banc.diff.difference import Changed, Difference, InputsChanged, KindOfRun, Renamed, Run
from banc.digest import Json
from banc.graph.graph import Graph
from banc.language.spec import GENERATION
from banc.machine import Device
from banc.plan.reason import Change
from banc.printable import cropped, one_line
from banc.report.formats.markdown import escape_markdown
from banc.stage.index import Use, by_name
from banc.stage.kinds import Address

SHOWN = 40
"""Lines of names below one heading, at most; JSON has all."""
LONGEST = 300
"""Characters of a line, at most."""

_RUNS: dict[KindOfRun, tuple[str, str]] = {
    "data": KINDS["data"],
    "train": KINDS["train"],
    "import": KINDS["import"],
    "score": ("ensemble", "ensembles"),
}
_EFFORTS: dict[Effort, str] = {
    "run": "to run",
    "may run": "that may run (DVC decides when it comes to them)",
    "recorded": "done elsewhere, as dvc.lock records (`dvc pull` may fetch them)",
    "done": "done here already",
}
_TIMES: dict[Effort, str] = {
    "run": "",
    "may run": "what may run, if it does: ",
    "recorded": "what is done elsewhere, if it runs here: ",
}


@frozen
class Section:
    """A heading, and below it a cause with its runs, or lines alone."""

    title: str
    groups: tuple[tuple[str, tuple[str, ...]], ...]


def text(sections: Iterable[Section], head: str, total: Iterable[str]) -> Iterator[str]:
    """For a terminal."""
    yield one_line(head)
    for section in sections:
        yield ""
        yield section.title
        for cause, names in section.groups:
            depth = "    " if cause else "  "
            if cause:
                yield f"  {_short(cause)}"
            yield from (f"{depth}{_short(name)}" for name in names)
    yield ""
    yield from total


def markdown(sections: Iterable[Section], head: str, total: Iterable[str]) -> Iterator[str]:
    """For a pull request."""
    escaped: Callable[[str], str] = lambda line: escape_markdown(_short(line))  # noqa: E731 - used thrice
    yield f"**{escape_markdown(head)}**"
    for line in total:
        yield ""
        yield escape_markdown(line)
    for section in sections:
        yield ""
        yield f"**{escape_markdown(section.title)}**"
        yield ""
        for cause, names in section.groups:
            if cause:
                yield f"- {escaped(cause)}"
            yield from (f"{'  ' if cause else ''}- {escaped(name)}" for name in names)


def sections_of(difference: Difference, before: Graph, now: Graph) -> Iterator[Section]:
    """What there is to say: changed, added, removed, and what is free."""
    called = _Names(before, now, several=difference.several)
    if difference.changed:
        groups = tuple(_causes(difference.changed, called))
        if (more := len(groups) - SHOWN) > 0:
            groups = (*groups[:SHOWN], ("", (f"and {more} more causes (`--format json` has all)",)))
        yield Section(f"{len(difference.changed)} changed", groups)
    for title, of_runs in (("added", difference.added), ("removed", difference.removed)):
        if of_runs:
            yield Section(f"{len(of_runs)} {title}", (("", tuple(_shown(called.runs(of_runs)))),))
    free = [*_renamings(difference.renamed, called), *_tables(difference)]
    if free:
        yield Section("free: for this nothing runs", (("", tuple(_shown(free))),))


def total_of(difference: Difference, price: Cost, device: Device) -> Iterator[str]:
    """What is to run, and how long that takes."""
    if not (difference.changed or difference.added or difference.removed):
        yield f"no run differs: {count(difference.same, 'run')} in both; the change runs nothing"
        return
    new = sum(price.new["train"].values())
    parts = [f"{number} {_EFFORTS[effort]}" for effort in _EFFORTS if (number := price.of("train", effort))]
    line = f"{count(new, 'new training')}" + (f": {', '.join(parts)}" if parts else "")
    more = [
        count(number, *KINDS[kind])
        for kind in ("data", "predict", "score")
        if (number := price.new[kind]["run"] + price.new[kind]["may run"])
    ]
    line += f"; {', '.join(more)} to make" if more else ""
    gone = price.gone["train"]
    yield line + (f"; {count(gone, 'training')} no longer needed" if gone else "")
    times = [
        f"{said}{spent(price.times[effort])}"
        for effort, said in _TIMES.items()
        if price.times[effort].seconds or price.times[effort].unknown
    ]
    if times:
        yield f"time on {one_line(str(device))}: {'; '.join(times)}"


class _Names:
    """What stages are called, in lines for people."""

    def __init__(self, before: Graph, now: Graph, *, several: bool) -> None:
        self._several = several
        self._graphs = (now, before)

    def run(self, use: Use) -> str:
        name = f"{use.model} {use.column}" if use.model is not None else "data"
        return f"{use.spec}: {name}" if self._several else name

    def runs(self, runs: Sequence[Run]) -> list[str]:
        """Each name once, with its seeds."""
        seeds: dict[str, list[int]] = {}
        for run in runs:
            of_name = seeds.setdefault(self.run(run.uses[0]), [])
            if run.uses[0].seed is not None:
                of_name.append(run.uses[0].seed)
        return [name + (f" {of_seeds(of_name)}" if of_name else "") for name, of_name in seeds.items()]

    def inputs(self, change: InputsChanged) -> str:
        """``teacher_outputs: densenet teacher -> densenet ban-1``; with seeds if only they differ."""
        sides = [[self._of(address) for address in several] for several in (change.before, change.now)]
        names = [", ".join(dict.fromkeys(map(self.run, uses))) or "none" for uses in sides]
        if names[0] == names[1]:
            names = [", ".join(map(str, uses)) for uses in sides]
        return f"{change.role}: {names[0]} -> {names[1]}"

    def _of(self, address: Address) -> Use:
        linked = next(graph.stages[address] for graph in self._graphs if address in graph.stages)
        return min(linked.uses, key=by_name)


def _causes(changed: Sequence[Changed], called: _Names) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A group for each cause: the runs that have it, how they are called now, and what follows from them."""
    own: dict[str, list[Changed]] = {}
    cause_of: dict[Address, str] = {}
    following: dict[str, list[Changed]] = {}
    for change in changed:
        if change.follows is None:
            parts = [_field(change, field) for field in change.fields]
            parts += [called.inputs(inputs) for inputs in change.inputs]
            cause_of[change.now.address] = ", ".join(parts)
            own.setdefault(", ".join(parts), []).append(change)
    for change in changed:
        if change.follows is not None:
            following.setdefault(cause_of.get(change.follows, "what they read"), []).append(change)
    for cause in dict.fromkeys([*own, *following]):
        names = _shown(called.runs([run.now for run in own.get(cause, ())]))
        names += _new_names(own.get(cause, ()), called)
        if followers := following.get(cause):
            counts = Counter(run.now.kind for run in followers)
            what = ", ".join(count(counts[kind], *_RUNS[kind]) for kind in _RUNS if counts[kind])
            names.append(f"and what follows from {'it' if len(own.get(cause, ())) == 1 else 'them'}: {what}")
        yield cause, tuple(names)


def _field(change: Changed, field: Change) -> str:
    """A field, before and now. A training's own seed follows from the spec's and from its generation."""
    seeds = {run.uses[0].seed for run in (change.before, change.now)}
    if field.field == "seed" and len(seeds) == 1 and (seed := seeds.pop()) is not None:
        before, now = ((number - seed) // GENERATION for number in (field.before, field.now))
        return f"generation: {before} -> {now}"
    return f"{field.field}: {value(field.before)} -> {value(field.now)}"


def _new_names(changed: Iterable[Changed], called: _Names) -> list[str]:
    pairs = {(called.run(run.before.uses[0]), called.run(run.now.uses[0])): None for run in changed}
    return [f"{now}: was {before}" for before, now in pairs if before != now]


def _renamings(renamed: Iterable[Renamed], called: _Names) -> Iterator[str]:
    lines: dict[tuple[str, str], list[int]] = {}
    for run in renamed:
        before = ", ".join(dict.fromkeys(map(called.run, run.before)))
        now = ", ".join(dict.fromkeys(map(called.run, run.now)))
        seeds = lines.setdefault((before, now) if before else (called.run(run.run.uses[0]), now), [])
        seeds += [use.seed for use in run.run.uses[:1] if use.seed is not None]
        if not before:
            lines[called.run(run.run.uses[0]), now] = seeds
    for (before, now), seeds in lines.items():
        which = f" {of_seeds(seeds)}" if seeds else ""
        yield f"renamed: {before} -> {now}{which}" if now else f"one name less: {before}{which}"


def _tables(difference: Difference) -> Iterator[str]:
    for table in difference.tables:
        where = f"{table.spec}: " if difference.several else ""
        yield f"{where}{table.field}: {_moved(table.before, table.now)}"


def _moved(before: Json, now: Json) -> str:
    if not isinstance(before, list) or not isinstance(now, list):
        return f"{value(before)} -> {value(now)}"
    more, fewer = (
        [item for item in one if item not in other] for one, other in ((now, before), (before, now))
    )
    parts = [
        f"{sign} {', '.join(map(value, items))}"
        for sign, items in (("with", more), ("without", fewer))
        if items
    ]
    return "; ".join(parts) or "in another order"


def _shown(names: Sequence[str]) -> list[str]:
    more = len(names) - SHOWN
    return [*names[:SHOWN], *([f"and {more} more (`--format json` has all)"] if more > 0 else [])]


def _short(line: str) -> str:
    return cropped(one_line(line), LONGEST)
