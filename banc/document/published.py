"""Ours against published: the cells of a table that have both numbers.

In: a filled table. Out: pairs, in the table's order. Pure.
"""

from __future__ import annotations

from banc.document.document import Published
from banc.document.interval import interval
from banc.printable import one_line
from banc.report.cells import FilledTable, MeasuredCell
from banc.stage.layout import Quantity


def published_pairs(table: FilledTable) -> tuple[Published, ...]:
    """Each cell of errors or accuracies with a finished seed and a published number, all as errors."""
    pairs = []
    for row in table.layout.rows:
        for cell, column in zip(table.row(row.name), table.layout.columns, strict=True):
            if isinstance(cell, MeasuredCell) and cell.published is not None:
                label = f"{one_line(row.label)}, {one_line(table.layout.full_label(column))}"
                ours = [as_error(value, column.quantity) for value in cell.finished]
                published = as_error(cell.published, column.quantity)
                if published is not None:
                    seeds = interval([error for error in ours if error is not None])
                    pairs.append(Published(label, seeds, published, cell.deviation))
    return tuple(pairs)


def as_error(value: float, quantity: Quantity) -> float | None:
    """In percent; None of what is neither an error nor an accuracy."""
    match quantity:
        case "error":
            return value
        case "accuracy":
            return 100 - value
        case _:
            return None
