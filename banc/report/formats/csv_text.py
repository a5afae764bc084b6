"""Tables as comma-separated values in long form: one line a cell, or a cell and seed, in full precision.

One header over all tables. Specs, rows and columns by their names, so that what reads this survives a
relabelling; ``run`` says whose error it is, which is not always the row's network; ``imported`` says which of
its weights were trained elsewhere, ``on`` whether the images are the test set or those held out for
validation. Numbers of parameters are
in millions. ``n`` and ``of`` count seeds, of errors alone.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from banc.digest import Json
from banc.report.cells import FilledTable
from banc.report.formats.per_seed import SEED_RECORD, per_seed
from banc.report.record import RECORD, images_of, imported, record, run
from banc.stage.layout import Column, Row

_PLACE = ("spec", "row", "column", "run")
_LAST = ("imported", "on")


def csv_text(tables: Sequence[FilledTable]) -> str:
    """A line of names, then one line for each place of each table, row by row."""
    return _lines(
        RECORD,
        (
            {**_place(table, row, column), **record(table.cells[row.name, column.name], column.quantity)}
            for table in tables
            for row, column in _places(table)
        ),
    )


def csv_per_seed(tables: Sequence[FilledTable]) -> str:
    """A line of names, then one line for each seed of each cell of errors."""
    return _lines(
        SEED_RECORD,
        (
            {**_place(table, row, column), **one}
            for table in tables
            for row, column in _places(table)
            if column.quantity != "parameters"
            for one in per_seed(table, row.name, column.name)
        ),
    )


def _places(table: FilledTable) -> Iterable[tuple[Row, Column]]:
    """Row by row."""
    return ((row, column) for row in table.layout.rows for column in table.layout.columns)


def _place(table: FilledTable, row: Row, column: Column) -> dict[str, Json]:
    """A place by its names, and the run that it shows."""
    names = (table.layout.spec, row.name, column.name, run(table.layout, row, column))
    return {**dict(zip(_PLACE, names, strict=True)), **_last(table, row, column)}


def _last(table: FilledTable, row: Row, column: Column) -> dict[str, Json]:
    """What was trained elsewhere, and the images that an error is of."""
    values = imported(table.layout, row, column), images_of(table.layout, column)
    return dict(zip(_LAST, values, strict=True))


def _lines(names: Sequence[str], records: Iterable[Mapping[str, Json]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, [*_PLACE, *names, *_LAST], lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()
