"""All differences of a table to one of its columns, or to the published numbers.

In: a table with its numbers. Out: one line for each cell that has a counterpart. Knows no format.
"""

from __future__ import annotations

import math

from attrs import frozen

from banc.errors import UsageError
from banc.report.cells import Comparison, FilledTable, MeasuredCell, Place
from banc.report.compare import compare
from banc.report.statistics.difference import Difference

PUBLISHED = "published"
"""Instead of a column: the numbers that a paper prints."""


@frozen
class DifferenceTable:
    """What is compared with what."""

    table: FilledTable
    to: str
    """A column's name, or ``PUBLISHED``."""
    comparisons: tuple[Comparison, ...]
    """First the cell, then what it is compared with: a place, or ``PUBLISHED`` in the same row. Holm's
    correction is over these."""


def error_at_most(difference: Difference, deviation: float | None) -> float | None:
    """The standard error of a difference to a published number that is printed with ``deviation``, at most.

    A paper says neither of how many runs its mean is nor, often, what stands after its ±. Be it the standard
    deviation of single runs, the standard error of their mean, or an interval of it: the standard error of
    the mean is at most as large. None where ours has none, or no deviation is printed.
    """
    if difference.error is None or deviation is None:
        return None
    return math.hypot(difference.error, deviation)


def differences(table: FilledTable, to: str) -> DifferenceTable:
    """Each complete cell less that of the column ``to`` in its row; or less its published number.

    Raises:
        UsageError: there is no such column, or it shows no errors.
    """
    layout = table.layout
    if to == PUBLISHED:
        return DifferenceTable(table, to, _to_published(table))
    columns = {column.name: column for column in layout.columns}
    legal = [name for name, column in columns.items() if column.quantity != "parameters"]
    if to not in legal:
        what = "shows no measurements" if to in columns else "is no column"
        raise UsageError(
            f"`{to}` {what} of `{layout.spec}`", hint=f"expected one of {', '.join([*legal, PUBLISHED])}"
        )
    pairs: list[tuple[Place, Place]] = [
        ((row.name, name), (row.name, to))
        for row in layout.rows
        for name, column in columns.items()
        if name != to and column.quantity == columns[to].quantity
    ]
    complete = {
        place for place, cell in table.cells.items() if isinstance(cell, MeasuredCell) and cell.complete
    }
    wanted = [pair for pair in pairs if complete.issuperset(pair)]
    return DifferenceTable(table, to, compare(layout, table.cells, table.details, wanted))


def _to_published(table: FilledTable) -> tuple[Comparison, ...]:
    """Ours less theirs, with the standard error of ours: that of theirs is not known."""
    return tuple(
        Comparison(place, (place[0], PUBLISHED), Difference(cell.mean - cell.published, cell.n, error=error))
        for place, cell in table.cells.items()
        if isinstance(cell, MeasuredCell) and cell.complete and cell.published is not None
        for error in [None if cell.spread is None else cell.spread / math.sqrt(cell.n)]
    )
