"""Which cells of a table are set in bold: the best, and all that cannot be told apart from it.

In: a table with its numbers. Out: the same with marks, and the differences that they rest on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from attrs import evolve

from banc.report.cells import Cell, FilledTable, MeasuredCell, Place
from banc.report.compare import compare
from banc.report.quantities import best
from banc.report.statistics.holm import LEAST
from banc.stage.layout import Layout, Quantity


def mark_best(table: FilledTable) -> FilledTable:
    """Compares the complete cells of each row, or of each column, all with all.

    All pairs count in Holm's correction, since which of them is the best is known only afterwards. Cells of
    fewer than ``LEAST`` seeds are not compared, and a cell without a rival is not marked.
    """
    groups = [rivals for rivals in _groups(table.layout, table.cells) if len(rivals) > 1]
    able = [{place: cell for place, cell in rivals.items() if cell.n >= LEAST} for rivals in groups]
    pairs = [pair for rivals in able for pair in combinations(rivals, 2)]
    few = {cell.n for rivals in groups for cell in rivals.values() if cell.n < LEAST}
    if not pairs:
        return evolve(table, few_seeds=frozenset(few))
    comparisons = compare(table.layout, table.cells, table.details, pairs)
    apart = {
        frozenset((comparison.first, comparison.second)): comparison.difference.told_apart
        for comparison in comparisons
    }
    cells = dict(table.cells)
    quantities = {column.name: column.quantity for column in table.layout.columns}
    for rivals in able:
        if len(rivals) < 2:
            continue
        quantity = quantities[next(iter(rivals))[1]]
        first = max if best(quantity) == "most" else min
        ahead = first(rivals, key=lambda place: rivals[place].mean)
        for place, cell in rivals.items():
            if place == ahead or not apart.get(frozenset((place, ahead)), True):
                cells[place] = evolve(cell, best=True, tied=place != ahead)
    return evolve(table, cells=cells, comparisons=comparisons, few_seeds=frozenset(few))


def _groups(layout: Layout, cells: Mapping[Place, Cell]) -> Iterator[dict[Place, MeasuredCell]]:
    """The complete cells that are compared with one another: of one quantity, which has a best."""
    alike: dict[Quantity, list[str]] = {}
    for column in layout.columns:
        if best(column.quantity) is not None:
            alike.setdefault(column.quantity, []).append(column.name)
    rows = [row.name for row in layout.rows]
    match layout.bold:
        case "row":
            # A pair's teacher is another network, and no other way to train the student.
            groups = [
                [(row, name) for name in names if layout.run(row, name) != layout.pairs.get(row, ())]
                for row in rows
                for names in alike.values()
            ]
        case "column":
            groups = [[(row, name) for row in rows] for names in alike.values() for name in names]
        case "none":
            groups = []
    for places in groups:
        measured = ((place, cells[place]) for place in places)
        yield {place: cell for place, cell in measured if isinstance(cell, MeasuredCell) and cell.complete}
