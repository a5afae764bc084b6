"""Ours against published: the cells of a table that have both numbers.

In: a filled table. Out: pairs, in the table's order. Pure.
"""

from __future__ import annotations

from banc.document.document import Published
from banc.document.interval import interval
from banc.printable import one_line
from banc.report.cells import FilledTable, MeasuredCell


def published_pairs(table: FilledTable) -> tuple[Published, ...]:
    """Each cell of errors with a finished seed and a published number."""
    pairs = []
    for row in table.layout.rows:
        for cell, column in zip(table.row(row.name), table.layout.columns, strict=True):
            if column.quantity == "error" and isinstance(cell, MeasuredCell) and cell.published is not None:
                label = f"{one_line(row.label)}, {one_line(column.label)}"
                pairs.append(Published(label, interval(cell.finished), cell.published))
    return tuple(pairs)
