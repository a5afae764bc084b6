"""A table as comma-separated values in long form: one line a cell, in full precision.

Rows and columns by their names in the spec, so that what reads this survives a relabelling. Numbers of
parameters are in millions. ``n`` and ``of`` count seeds, of errors alone.
"""

from __future__ import annotations

import csv
import io

from banc.report.cells import Table
from banc.report.record import RECORD, record


def csv_text(table: Table) -> str:
    """A line of names, then one line for each place, row by row."""
    text = io.StringIO()
    writer = csv.DictWriter(text, ["row", "column", *RECORD], lineterminator="\n")
    writer.writeheader()
    for row in table.layout.rows:
        for column in table.layout.columns:
            cell = table.cells[row.name, column.name]
            writer.writerow({"row": row.name, "column": column.name, **record(cell, column.quantity)})
    return text.getvalue()
