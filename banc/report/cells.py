"""A table that has its numbers: a layout, and for each of its places one cell.

Made by ``tabulate``, spoken by ``wording``, written by the renderers. Knows no text and no files.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping

from attrs import Factory, field, frozen
from attrs.validators import min_len

from banc.report.collect import AllDetails, Results
from banc.stage.layout import Layout


@frozen
class MeasuredCell:
    """A quantity that was measured, from one seed or from several."""

    values: tuple[float | None, ...] = field(validator=min_len(1))
    """In the quantity's unit, one a seed; None where that seed is not finished. At least one is."""
    published: float | None = None
    best: bool = False
    """Whether it is the lowest of the cells that the layout compares. Only complete cells are compared."""
    elsewhere: bool = False
    """Whether a network behind it was trained elsewhere."""

    @property
    def finished(self) -> tuple[float, ...]:
        return tuple(value for value in self.values if value is not None)

    @property
    def mean(self) -> float:
        return statistics.mean(self.finished)

    @property
    def spread(self) -> float | None:
        """Sample standard deviation (n - 1 in the denominator); None of a single seed."""
        return statistics.stdev(self.finished) if self.n > 1 else None

    @property
    def n(self) -> int:
        """How many seeds are finished."""
        return len(self.finished)

    @property
    def of(self) -> int:
        """How many seeds are expected."""
        return len(self.values)

    @property
    def complete(self) -> bool:
        return self.n == self.of


@frozen
class Counted:
    """How many parameters a network has."""

    parameters: int
    published: float | None = None
    """In millions."""

    @property
    def millions(self) -> float:
        return self.parameters / 1e6

    @property
    def differs(self) -> bool:
        """Whether the published count is missed by more than 1 %."""
        return self.published is not None and abs(self.millions - self.published) > 0.01 * self.published


@frozen
class Unfinished:
    """A cell that is linked, but no seed is finished."""

    of: int
    published: float | None = None
    elsewhere: bool = False


@frozen
class NotRun:
    """A cell for which the spec declares no run."""

    published: float | None = None


Cell = MeasuredCell | Counted | Unfinished | NotRun
"""The content of one cell of a table."""


@frozen
class FilledTable:
    layout: Layout
    cells: Mapping[tuple[str, str], Cell]
    """By (row name, column name), one for every place of the layout."""
    results: Results = Factory(dict)
    """The metrics that the cells were made of."""
    details: AllDetails = Factory(dict)
    """Of the same scores, as far as they are there: their quality, and what became of each image."""

    def row(self, name: str) -> tuple[Cell, ...]:
        return tuple(self.cells[name, column.name] for column in self.layout.columns)

    @property
    def missing(self) -> bool:
        """Whether some cell waits for a run that is linked."""
        return any(
            isinstance(cell, Unfinished) or (isinstance(cell, MeasuredCell) and not cell.complete)
            for cell in self.cells.values()
        )
