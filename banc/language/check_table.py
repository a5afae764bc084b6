"""The table: does it show something, and is everything that is paid for shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError

from banc.config.constraints import Bound
from banc.language.check_members import trainings_of
from banc.language.codes import Code
from banc.language.columns import table_columns
from banc.language.declared import DeclaredRun, Run, RunName, upstream
from banc.language.fault import Fault
from banc.language.positions import KeyPath
from banc.language.references import select, shown
from banc.language.source import Source
from banc.language.spec import PARAMETERS, Spec
from banc.language.variants import Variants, variants


def check_table(source: Source, spec: Spec, runs: Mapping[RunName, Run]) -> Iterator[Fault]:
    """An empty table is an error, and a number that no paper can have printed; a run that no cell needs is a
    warning.
    """
    yield from _published(source, spec)
    yield from _deviations(source, spec)
    columns_of_table = table_columns(spec)
    in_cells = {
        shown(spec, row, column)
        for row in select(spec, spec.table.rows)
        for column in columns_of_table
        if column != PARAMETERS
    } & runs.keys()
    if not in_cells:
        yield source.fault(Code.EMPTY_TABLE, ("table",), "no cell of the table has a run", at_key=True)
        return
    yield from _empty_rows(source, spec, in_cells)
    yield from _part(source, spec, [runs[name] for name in runs if name in in_cells])
    needed, ahead = set[RunName](), list(in_cells)
    while ahead:
        name = ahead.pop()
        if name in runs and name not in needed:
            needed.add(name)
            ahead += upstream(runs[name])
    unused: dict[str, list[Run]] = {}
    for name, run in _spared(spec, runs, needed):
        unused.setdefault(name[1], []).append(run)
    # Generations of a lineage that the same models have are told at once: there may be 99 of them.
    alike: dict[tuple[KeyPath, str], list[str]] = {}
    trained = set[KeyPath]()
    for column, several in unused.items():
        path = several[0].path[:2]
        alike.setdefault((path, ", ".join(f"`{run.name[0]}`" for run in several)), []).append(column)
        if isinstance(several[0], DeclaredRun):
            trained.add(path)
    for (path, models), columns in alike.items():
        which = f"run `{columns[0]}`" if len(columns) == 1 else f"runs {_named(columns)}"
        cost = f", and {'it' if len(columns) == 1 else 'they'} would be trained" if path in trained else ""
        yield source.fault(Code.UNUSED_RUN, path, f"no cell needs the {which} of {models}{cost}", at_key=True)


def _empty_rows(source: Source, spec: Spec, in_cells: set[RunName]) -> Iterator[Fault]:
    """Rows of which no cell has a number, ours or a paper's."""
    columns = [column for column in table_columns(spec) if column != PARAMETERS]
    for row in select(spec, spec.table.rows):
        has_run = any(shown(spec, row, column) in in_cells for column in columns)
        if not has_run and not spec.table.published.get(row):
            names = spec.table.rows
            path: KeyPath = ("table", "rows", names.index(row)) if row in names else ("table", "rows")
            yield source.fault(Code.EMPTY_ROW, path, f"the row `{row}` has no run, and no published number")


def _spared(spec: Spec, runs: Mapping[RunName, Run], needed: set[RunName]) -> list[tuple[RunName, Run]]:
    """The runs that no cell needs, neither by this name nor, as the first value of a sweep, by another."""
    others = [(name, run) for name, run in runs.items() if name not in needed]
    if not others:
        return []
    try:
        networks = trainings_of(runs, spec.seeds)
    except CycleError:
        return others  # teachers in a circle, which are a fault of their own
    made = {networks[name, seed] for name in needed for seed in spec.seeds}
    return [
        (name, run)
        for name, run in others
        if not isinstance(run, DeclaredRun) or any(networks[name, seed] not in made for seed in spec.seeds)
    ]


def _named(columns: Sequence[str]) -> str:
    """Two names, or the first and the last of more."""
    return f"`{columns[0]}` {'and' if len(columns) == 2 else 'to'} `{columns[-1]}`"


def _part(source: Source, spec: Spec, runs: Sequence[Run]) -> Iterator[Fault]:
    """A table on images that are not there; and one on the test set from which a number can be chosen."""
    if spec.table.on == "validation":
        if not spec.data.validation:
            message = "no images are held out for validation"
            yield source.fault(Code.NO_VALIDATION, ("table", "on"), message)
        return
    # A sweep over several models is one search.
    searches: dict[tuple[KeyPath, str], dict[str, Variants]] = {}
    for several in variants(runs):
        place = several.runs[-1].path[:2], several.field
        searches.setdefault(place, {}).setdefault(several.network, several)
    for (path, field), by_network in searches.items():
        first, *others = by_network.values()
        message = f"{len(first.runs)} runs of `{first.network}` differ in `{field}` alone"
        if others:
            message += f", and so do runs of {len(others)} more model{'s' if others[1:] else ''}"
        message += ": the best of these test errors would be too low"
        yield source.fault(Code.TUNED_ON_TEST, path, message, at_key=True)


_PERCENT = Bound(at_least=0, at_most=100)
_MILLIONS = Bound(above=0, at_most=1_000_000)


def _published(source: Source, spec: Spec) -> Iterator[Fault]:
    for row, numbers in spec.table.published.items():
        for column, number in numbers.items():
            bound, unit = _range(spec, column)
            if not bound.admits(number):
                message = f"`{column}` of `{row}`: expected {unit}, {bound}, found {number:g}"
                path = ("table", "published", row, column)
                yield source.fault(Code.PUBLISHED_RANGE, path, message)


def _deviations(source: Source, spec: Spec) -> Iterator[Fault]:
    """A deviation belongs to a published number, and is as large as one can be."""
    for row, numbers in spec.table.deviations.items():
        for column, number in numbers.items():
            path = ("table", "deviations", row, column)
            if column not in spec.table.published.get(row, {}):
                message = (
                    f"`{column}` of `{row}` has no published number, of which this would be the deviation"
                )
                yield source.fault(Code.PUBLISHED_NOWHERE, path, message, at_key=True)
            elif column == PARAMETERS or not _PERCENT.admits(number):
                message = f"`{column}` of `{row}`: expected the deviation of a measured number, {_PERCENT}"
                yield source.fault(Code.PUBLISHED_RANGE, path, f"{message}, found {number:g}")


def _range(spec: Spec, column: str) -> tuple[Bound, str]:
    """What a published number of a column can be, and in which unit."""
    if column == PARAMETERS:
        return _MILLIONS, "millions of parameters"
    measured = spec.table.quantities.get(column)
    match spec.table.show if measured is None else measured.show:
        case "error" | "top-5":
            return _PERCENT, "an error in percent"
        case "accuracy":
            return _PERCENT, "an accuracy in percent"
        case "calibration" | "agreement" | "diversity":
            return _PERCENT, "a number in percent"
        case "loss":
            return Bound(at_least=0, at_most=1_000_000), "a loss in nats"
        case "brier":
            return Bound(at_least=0, at_most=2), "a Brier score"
        case "gain":
            return Bound(at_least=-100, at_most=100), "a gain in percent"
