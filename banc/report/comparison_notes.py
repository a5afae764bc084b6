"""What stands below a table of its differences: how they were compared, and what could not be seen.

In: a table with its comparisons. Out: sentences.
"""

from __future__ import annotations

from collections.abc import Iterator

from banc.report.cells import FilledTable, MeasuredCell
from banc.report.statistics.holm import LEAST, LEVEL
from banc.stage.layout import Bold, Layout

TIED = "≈"
"""The mark of a cell that cannot be told apart from the lowest."""


def comparison_notes(table: FilledTable, best: str) -> Iterator[str]:
    """Sentences about bold, about the smallest difference that could have been seen, and about too few seeds.

    Args:
        best: how the best cells are set apart, as their sentence begins.
    """
    cells = [cell for cell in table.cells.values() if isinstance(cell, MeasuredCell)]
    shown = {column.quantity for column in table.layout.columns} - {"parameters"}
    lead = {frozenset({"error"}): "the lowest error of", frozenset({"accuracy"}): "the highest accuracy of"}
    line = printed(table.layout.bold, table.layout)
    lowest = f"{lead.get(frozenset(shown), 'the best number of its kind in')} its {line}"
    if any(cell.tied for cell in cells):
        yield f"{best}: {lowest}, and all that cannot be told apart from it ({TIED}, inside the noise)."
    elif any(cell.best for cell in cells):
        yield f"{best}: {lowest}, told apart from all others."
    if table.comparisons:
        yield from _compared(table)
    if table.few_seeds:
        n = max(table.few_seeds)
        seeds = "one seed" if n == 1 else f"{n} seeds"
        rest = "such cells are not compared" if table.comparisons else "nothing is bold"
        yield f"n too small: with {seeds} no difference can be told from chance, it takes {LEAST}; {rest}."


def printed(line: Bold, layout: Layout) -> str:
    """A row or column of the spec's table, as it is printed."""
    if layout.transpose and line != "none":
        return "column" if line == "row" else "row"
    return line


def _compared(table: FilledTable) -> Iterator[str]:
    from banc.report.statistics.bootstrap import DRAWS
    from banc.report.statistics.difference import POWER, detectable

    differences = [comparison.difference for comparison in table.comparisons]
    number = len(differences)
    seeds = _range([difference.n for difference in differences])
    images = [difference.images for difference in differences if difference.images is not None]
    how = f"{seeds} seeds and {_range(images)} {table.layout.on} images" if images else f"{seeds} seeds"
    test = f"two-way bootstrap, {DRAWS:,} draws" if images else "Student's t"
    several = f"Holm's correction over {number} differences" if number > 1 else "one difference"
    yield f"Compared in pairs over {how} ({test}; {several}, {100 * LEVEL:.0f} %)."
    by_image = ("error", "accuracy")
    errors = {column.name for column in table.layout.columns if column.quantity in by_image}
    of_errors = [comparison.difference for comparison in table.comparisons if comparison.first[1] in errors]
    least = [size for error in of_errors if (size := detectable(error, number))]
    if least:
        digits = table.layout.digits
        low, high = f"{min(least):.{digits}f}", f"{max(least):.{digits}f}"
        sizes = low if low == high else f"{low} to {high}, by the pair"
        of = " of errors" if len(of_errors) < number else ""
        power = f"{100 * POWER:.0f} % power"
        yield f"The smallest difference{of} that this table could have seen with {power}: {sizes}."


def _range(numbers: list[int]) -> str:
    low, high = min(numbers), max(numbers)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
