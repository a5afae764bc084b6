"""Where a number stands in a table.

In: a filled table, and a number as somebody read it. Out: the cells that show it.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from banc.report.cells import FilledTable, MeasuredCell, Place


@frozen
class Shown:
    """A cell that shows a number."""

    spec: str
    """The name of its table."""
    place: Place
    seed: int | None = None
    """The seed whose own number it is; None: it is the cell's mean."""


def cells_that_show(table: FilledTable, number: str) -> tuple[Shown, ...]:
    """The cells whose mean, rounded as ``number`` is, is that; else those where the error of one seed is.

    Args:
        number: digits, with or without a point: ``17.42``.
    """
    digits = len(number.partition(".")[2])
    spec = table.layout.spec
    means = [
        Shown(spec, place)
        for place, cell in table.cells.items()
        if isinstance(cell, MeasuredCell) and f"{cell.mean:.{digits}f}" == number
    ]
    return tuple(means or _of_seeds(table, number, digits))


def _of_seeds(table: FilledTable, number: str, digits: int) -> Iterator[Shown]:
    layout = table.layout
    for place, cell in table.cells.items():
        if isinstance(cell, MeasuredCell):
            for address, value in zip(layout.scores[place], cell.values, strict=True):
                if value is not None and f"{value:.{digits}f}" == number:
                    yield Shown(layout.spec, place, layout.seed_of.get(address))
