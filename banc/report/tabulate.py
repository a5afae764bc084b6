"""Puts results into the places of a layout.

In: a layout and the metrics that are there. Out: a ``Table``. Knows neither files nor text.
"""

from __future__ import annotations

from banc.report.cells import Cell, Counted, FilledTable, MeasuredCell, NotRun, Unfinished
from banc.report.collect import NO_DETAILS, AllDetails, Results
from banc.report.mark_best import mark_best
from banc.report.quantities import number
from banc.stage.layout import Column, Layout, Row


def tabulate(layout: Layout, results: Results, details: AllDetails = NO_DETAILS) -> FilledTable:
    """One cell for each row and column of ``layout``, the best of each comparison marked."""
    cells = {
        (row.name, column.name): _cell(layout, results, details, row, column)
        for row in layout.rows
        for column in layout.columns
    }
    return mark_best(FilledTable(layout, cells, results, details))


def _cell(layout: Layout, results: Results, details: AllDetails, row: Row, column: Column) -> Cell:
    place = (row.name, column.name)
    published, deviation = layout.published.get(place), layout.deviations.get(place)
    if column.quantity == "parameters" and row.name in layout.parameters:
        return Counted(layout.parameters[row.name], published)
    addresses = layout.scores.get(place, ())
    if not addresses:
        return NotRun(published, deviation)
    elsewhere = bool(layout.elsewhere(*place)) and column.quantity != "parameters"
    if column.quantity == "parameters":
        counted = (results[address].parameters for address in addresses if address in results)
        parameters = next(counted, None)
        return Unfinished(len(addresses), published) if parameters is None else Counted(parameters, published)
    values = tuple(
        number(column.quantity, address, results, details, layout.teachers) for address in addresses
    )
    if all(value is None for value in values):
        return Unfinished(len(addresses), published, elsewhere, deviation)
    return MeasuredCell(values, published, elsewhere=elsewhere, deviation=deviation)
