"""A table that has its numbers: a layout, and for each of its places one cell.

Made by ``tabulate``, spoken by ``wording``, written by the renderers. Knows no text and no files.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from typing import TYPE_CHECKING

from attrs import Factory, field, frozen
from attrs.validators import min_len

from banc.report.collect import AllDetails, Results
from banc.report.statistics.student import t_quantile
from banc.stage.layout import Layout, Spread

if TYPE_CHECKING:
    from banc.report.statistics.difference import Difference


@frozen
class MeasuredCell:
    """A quantity that was measured, from one seed or from several."""

    values: tuple[float | None, ...] = field(validator=min_len(1))
    """In the quantity's unit, one a seed; None where that seed is not finished. At least one is."""
    published: float | None = None
    best: bool = False
    """Whether it is the lowest of the cells that the layout compares, or cannot be told apart from that. Only
    complete cells with enough seeds are compared."""
    tied: bool = False
    """Whether it is not the lowest, and the difference is inside the noise."""
    elsewhere: bool = False
    """Whether a network behind it was trained elsewhere."""
    deviation: float | None = None
    """The deviation that is printed with the published number."""

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

    def spread_as(self, spread: Spread) -> float | None:
        """What stands after the mean; None of a single seed."""
        if self.spread is None:
            return None
        match spread:
            case "std":
                return self.spread
            case "standard-error":
                return self.spread / math.sqrt(self.n)
            case "interval":
                return t_quantile(0.975, self.n - 1) * self.spread / math.sqrt(self.n)

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
    deviation: float | None = None
    """The deviation that is printed with the published number."""


@frozen
class NotRun:
    """A cell for which the spec declares no run."""

    published: float | None = None
    deviation: float | None = None
    """The deviation that is printed with the published number."""


Cell = MeasuredCell | Counted | Unfinished | NotRun
"""The content of one cell of a table."""


Place = tuple[str, str]
"""A row's and a column's name."""


@frozen
class Comparison:
    """Two cells of one quantity, over the seeds that both have."""

    first: Place
    second: Place
    difference: Difference
    """First less second."""


@frozen
class FilledTable:
    layout: Layout
    cells: Mapping[tuple[str, str], Cell]
    """By (row name, column name), one for every place of the layout."""
    results: Results = Factory(dict)
    """The metrics that the cells were made of."""
    details: AllDetails = Factory(dict)
    """Of the same scores, as far as they are there: their quality, and what became of each image."""
    comparisons: tuple[Comparison, ...] = ()
    """The differences that bold rests on: of all pairs of cells that were compared."""
    few_seeds: frozenset[int] = frozenset()
    """How many seeds those cells have that were not compared, since they are too few."""

    def row(self, name: str) -> tuple[Cell, ...]:
        return tuple(self.cells[name, column.name] for column in self.layout.columns)

    @property
    def missing(self) -> bool:
        """Whether some cell waits for a run that is linked."""
        return any(
            isinstance(cell, Unfinished) or (isinstance(cell, MeasuredCell) and not cell.complete)
            for cell in self.cells.values()
        )
