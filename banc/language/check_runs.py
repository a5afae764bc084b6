"""References from run to run: is there such a teacher, such a member, such a column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from attrs import fields

from banc.language.check_names import repeated
from banc.language.codes import Code
from banc.language.columns import sweep_columns, table_columns
from banc.language.declared import Run, RunName
from banc.language.fault import Fault, nearest
from banc.language.positions import KeyPath
from banc.language.references import run_name, select
from banc.language.source import Source
from banc.language.spec import BASELINE, PARAMETERS, TEACHER, Spec
from banc.language.table_spec import TableSpec

_ONE_COLUMN = {TEACHER, BASELINE}


def check_runs(source: Source, spec: Spec, runs: Mapping[RunName, Run]) -> Iterator[Fault]:
    """Faults of teachers, members, columns and cells, and of what is said about rows and columns."""
    path: KeyPath
    for name, pair in spec.pairs.items():
        path = ("pairs", name, "teacher")
        # A model that only a pair names is trained where a transfer has the pair as a student.
        if "/" in pair.teacher:
            yield from _reference(source, spec, runs, path, pair.teacher)
        elif pair.teacher not in spec.models:
            message = f"this spec has no model `{pair.teacher}`"
            legal = tuple(spec.models)
            yield source.fault(Code.UNKNOWN_NAME, path, message, legal=legal, word=pair.teacher)
    for name, transfer in spec.transfers.items():
        path = ("transfers", name, "teacher")
        if transfer.teacher is not None:
            yield from _reference(source, spec, runs, path, transfer.teacher)
    for name, ensemble in spec.ensembles.items():
        path = ("ensembles", name)
        models = select(spec, ensemble.of)
        yield from _members(
            source,
            spec,
            runs,
            (*path, "members"),
            ensemble.members,
            tuple(model for model in models if model not in ensemble.except_),
        )
        for model, members in ensemble.except_.items():
            yield from _members(source, spec, runs, (*path, "except", model), members, (model,))
    yield from _columns(source, spec, runs)
    yield from _published(source, spec)
    yield from _labels(source, spec)
    yield from _cells(source, spec, runs)


def _members(
    source: Source,
    spec: Spec,
    runs: Mapping[RunName, Run],
    path: KeyPath,
    members: tuple[str, ...],
    models: tuple[str, ...],
) -> Iterator[Fault]:
    if not members:
        yield source.fault(Code.EMPTY, path, "expected at least one member")
    yield from repeated(source, path, members)
    for index, member in enumerate(members):
        lacking = [model for model in models if run_name(spec, member, model) not in runs]
        if lacking:
            yield from _reference(source, spec, runs, (*path, index), member, lacking[0])


def _reference(
    source: Source,
    spec: Spec,
    runs: Mapping[RunName, Run],
    path: KeyPath,
    written: str,
    beside: str | None = None,
) -> Iterator[Fault]:
    """A fault where ``written`` names no run; ``beside`` is the model whose columns may stand alone."""
    if (unknown := _unknown(spec, runs, written, beside)) is not None:
        message, legal, word = unknown
        yield source.fault(Code.UNKNOWN_RUN, path, message, legal=legal, word=word)


def _unknown(
    spec: Spec, runs: Mapping[RunName, Run], written: str, beside: str | None
) -> tuple[str, tuple[str, ...], str | None] | None:
    """Why ``written`` names no run, what does, and the word to compare with that; None: it names one."""
    if beside is None and written in spec.pairs:
        columns = tuple(f"{written}/{column}" for model, column in runs if model == written)
        return f"`{written}` is a pair: name one of its runs", columns, written
    name = run_name(spec, written, beside)
    if name in runs:
        return None
    if not written.strip():
        return "expected a run, `<model>/<column>`, found an empty text", (), None
    model, column = name

    def spelled(columns: Iterable[str]) -> tuple[str, ...]:
        """As they may be written here: alone, where a model goes without saying."""
        return tuple(columns if beside and "/" not in written else (f"{model}/{name}" for name in columns))

    own = tuple(name for other, name in runs if other == model)
    if column in spec.sweeps and own:
        named = "" if written == column else f"`{written}`: "
        message = f"{named}`{column}` is a sweep, and a run is one of its columns"
        return message, spelled(name for name in own if name in sweep_columns(spec, column)) or own, None
    if own:
        return f"`{written}`: `{model}` has no run `{column}`", spelled(own), written
    if column_of := tuple(f"{other}/{column}" for other, column in runs if column == written):
        message = f"`{written}` is a column; a run is a model and a column, `{column_of[0]}`"
        return message, column_of, column_of[0]
    models = tuple(dict.fromkeys(other for other, _ in runs))
    return f"`{written}`: this spec declares no run of `{model}`", models, model


def _columns(source: Source, spec: Spec, runs: Mapping[RunName, Run]) -> Iterator[Fault]:
    table, rows = spec.table, select(spec, spec.table.rows)
    filled = [*(column for cells in table.cells.values() for column in cells), *table.quantities]
    every = [PARAMETERS, TEACHER, BASELINE, *spec.sweeps, *(column for _, column in runs), *filled]
    legal = tuple(dict.fromkeys(every))
    yield from repeated(source, ("table", "columns"), table.columns)
    for index, column in enumerate(table.columns):
        path: KeyPath = ("table", "columns", index)
        if column in spec.sweeps:
            if twice := [name for name in sweep_columns(spec, column) if name in table.columns]:
                message = f"`{column}` stands for all of its columns, `{twice[0]}` among them"
                yield source.fault(Code.REPEATED, path, message)
        elif column not in legal:
            message = f"this spec has no column `{column}`"
            yield source.fault(Code.UNKNOWN_RUN, path, message, legal=legal, word=column)
        elif (
            column in _ONE_COLUMN
            and (_ONE_COLUMN - {column}) & {*table.columns[:index]}
            and (alone := [row for row in rows if row not in spec.pairs])
        ):
            message = "`teacher` and `baseline` are two names of one column"
            if len(alone) < len(rows):
                message += f" in the row `{alone[0]}`, which is no pair"
            yield source.fault(Code.SAME_COLUMN, path, message)
        elif column not in (PARAMETERS, *filled) and not any(
            run_name(spec, column, row) in runs for row in rows
        ):
            message = f"no row has a run `{column}`"
            yield source.fault(Code.EMPTY_COLUMN, path, message)


def _published(source: Source, spec: Spec) -> Iterator[Fault]:
    """Faults of published numbers for cells that the table has not."""
    rows, shown_columns = select(spec, spec.table.rows), table_columns(spec)
    for row, numbers in spec.table.published.items():
        where: KeyPath = ("table", "published", row)
        if row not in rows:
            message = f"the table has no row `{row}`"
            yield source.fault(Code.PUBLISHED_NOWHERE, where, message, at_key=True, legal=rows, word=row)
        for column in numbers:
            if column not in shown_columns:
                message = no_column(spec, column)
                yield source.fault(
                    Code.PUBLISHED_NOWHERE,
                    (*where, column),
                    message,
                    at_key=True,
                    legal=shown_columns,
                    word=column,
                )


def _labels(source: Source, spec: Spec) -> Iterator[Fault]:
    """Faults of labels for names that the table does not show."""
    table = spec.table
    rows, shown_columns = select(spec, table.rows), table_columns(spec)
    keys_of_table = {field.name for field in fields(TableSpec)}
    for name in table.labels:
        known = tuple(dict.fromkeys((*rows, *table.columns, *shown_columns)))
        if name not in known:
            near = nearest(name, known)
            message = f"`{name}` is neither a row nor a column of the table"
            if name in keys_of_table and not near:
                message += f"; the key `{name}` of `[table]` stands above the header `[table.labels]`"
            word = name if near else None
            path = ("table", "labels", name)
            yield source.fault(Code.LABEL_NOWHERE, path, message, at_key=True, legal=known, word=word)


def no_column(spec: Spec, name: str) -> str:
    """That the table has no column of this name, which may be that of a sweep."""
    if name in spec.sweeps and name in spec.table.columns:
        return f"`{name}` is a sweep and stands for several columns: name one of them"
    return f"the table has no column `{name}`"


def _cells(source: Source, spec: Spec, runs: Mapping[RunName, Run]) -> Iterator[Fault]:
    """Faults of what ``cells`` says: a place that the table lacks or has filled, a run that is not there."""
    table, rows = spec.table, select(spec, spec.table.rows)
    of_errors = tuple(column for column in table_columns(spec) if column != PARAMETERS)
    for row, cells in table.cells.items():
        where: KeyPath = ("table", "cells", row)
        if row not in rows:
            message = f"the table has no row `{row}`"
            yield source.fault(Code.CELL_NOWHERE, where, message, at_key=True, legal=rows, word=row)
        for column, reference in cells.items():
            path = (*where, column)
            if column == PARAMETERS:
                message = f"`{PARAMETERS}` counts the row's own network"
                yield source.fault(Code.CELL_TAKEN, path, message, at_key=True)
            elif column not in of_errors:
                message = no_column(spec, column)
                yield source.fault(
                    Code.CELL_NOWHERE, path, message, at_key=True, legal=of_errors, word=column
                )
            elif row in rows and run_name(spec, column, row) in runs:
                message = f"`{row}` has its own run `{column}`, which this cell would hide"
                yield source.fault(Code.CELL_TAKEN, path, message, at_key=True)
            yield from _reference(source, spec, runs, path, reference)
