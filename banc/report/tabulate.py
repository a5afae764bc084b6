"""Puts results into the places of a layout.

In: a layout and the metrics that are there. Out: a ``Table``. Knows neither files nor text.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve

from banc.report.cells import Cell, Counted, FilledTable, MeasuredCell, NotRun, Unfinished
from banc.report.collect import NO_DETAILS, AllDetails, Results
from banc.stage.layout import Column, Layout, Row

Place = tuple[str, str]


def tabulate(layout: Layout, results: Results, details: AllDetails = NO_DETAILS) -> FilledTable:
    """One cell for each row and column of ``layout``, the best of each comparison marked."""
    cells = {
        (row.name, column.name): _cell(layout, results, row, column)
        for row in layout.rows
        for column in layout.columns
    }
    errors = [column.name for column in layout.columns if column.quantity == "error"]
    match layout.bold:
        case "row":
            for row in layout.rows:
                _mark_best(cells, [(row.name, name) for name in errors], layout.digits)
        case "column":
            for name in errors:
                _mark_best(cells, [(row.name, name) for row in layout.rows], layout.digits)
        case "none":
            pass
    return FilledTable(layout, cells, results, details)


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


def _mark_best(cells: dict[Place, Cell], places: Iterable[Place], digits: int) -> None:
    """Marks the least mean among complete cells, and all that print the same.

    Means are compared as printed: two cells that read alike are never told apart by a digit that nobody
    sees. A cell without a rival is not marked, for it has beaten nothing.
    """
    rivals = {
        place: (cell, float(f"{cell.mean:.{digits}f}"))
        for place in places
        if isinstance(cell := cells[place], MeasuredCell) and cell.complete
    }
    if len(rivals) < 2:
        return
    least = min(mean for _, mean in rivals.values())
    for place, (cell, mean) in rivals.items():
        if mean == least:
            cells[place] = evolve(cell, best=True)
