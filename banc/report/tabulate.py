"""Puts results into the places of a layout.

In: a layout and the metrics that are there. Out: a ``Table``. Knows neither files nor text.
"""

from __future__ import annotations

from banc.report.cells import Cell, Counted, FilledTable, MeasuredCell, NotRun, Unfinished
from banc.report.collect import NO_DETAILS, AllDetails, Results
from banc.report.mark_best import mark_best
from banc.stage.layout import Column, Layout, Row


def tabulate(layout: Layout, results: Results, details: AllDetails = NO_DETAILS) -> FilledTable:
    """One cell for each row and column of ``layout``, the best of each comparison marked."""
    cells = {
        (row.name, column.name): _cell(layout, results, row, column)
        for row in layout.rows
        for column in layout.columns
    }
    return mark_best(FilledTable(layout, cells, results, details))


def _cell(layout: Layout, results: Results, row: Row, column: Column) -> Cell:
    place = (row.name, column.name)
    published = layout.published.get(place)
    if column.quantity == "parameters" and row.name in layout.parameters:
        return Counted(layout.parameters[row.name], published)
    addresses = layout.scores.get(place, ())
    if not addresses:
        return NotRun(published)
    by_seed = [results.get(address) for address in addresses]
    finished = [metrics for metrics in by_seed if metrics is not None]
    elsewhere = bool(layout.elsewhere(*place))
    if not finished:
        return Unfinished(len(addresses), published, elsewhere and column.quantity == "error")
    match column.quantity:
        case "parameters":
            return Counted(finished[0].parameters, published)
        case "error":
            errors = tuple(None if one is None else one.test_error for one in by_seed)
            return MeasuredCell(errors, published, elsewhere=elsewhere)
