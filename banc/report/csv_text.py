"""Tables as comma-separated values in long form: one line a cell, or a cell and seed, in full precision.

One header over all tables. Specs, rows and columns by their names, so that what reads this survives a
relabelling. Numbers of parameters are in millions. ``n`` and ``of`` count seeds, of errors alone.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from banc.digest import Json
from banc.report.cells import Table
from banc.report.per_seed import SEED_RECORD, per_seed
from banc.report.record import RECORD, record
from banc.stage.layout import Quantity

_PLACE = ("spec", "row", "column")


def csv_text(tables: Sequence[Table]) -> str:
    """A line of names, then one line for each place of each table, row by row."""
    return _lines(
        RECORD,
        (
            {**place, **record(table.cells[place["row"], place["column"]], quantity)}
            for table in tables
            for place, quantity in _places(table)
        ),
    )


def csv_per_seed(tables: Sequence[Table]) -> str:
    """A line of names, then one line for each seed of each cell of errors."""
    return _lines(
        SEED_RECORD,
        (
            {**place, **one}
            for table in tables
            for place, quantity in _places(table)
            if quantity == "error"
            for one in per_seed(table, place["row"], place["column"])
        ),
    )


def _places(table: Table) -> Iterable[tuple[dict[str, str], Quantity]]:
    """Each place by its names, with the quantity of its column."""
    for row in table.layout.rows:
        for column in table.layout.columns:
            yield dict(zip(_PLACE, (table.layout.spec, row.name, column.name), strict=True)), column.quantity


def _lines(names: Sequence[str], records: Iterable[Mapping[str, Json]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, [*_PLACE, *names], lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()
