"""A table before it has numbers: rows, columns, and the scores behind each cell.

Made by ``graph.lower`` from a spec, filled by ``report``. Names and labels live here, numbers do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import Factory, frozen

from banc.stage.kinds import Address, Part

Measure = Literal[
    "error", "accuracy", "top-5", "loss", "brier", "calibration", "agreement", "diversity", "gain"
]
"""What is measured of a run, over the test or validation images. ``report.quantities`` says how."""

Quantity = Measure | Literal["parameters"]
"""What a column shows: a measurement, or millions of trained parameters."""

Bold = Literal["row", "column", "none"]
"""Among which errors the least is set in bold, with all that cannot be told apart from it."""

Spread = Literal["std", "standard-error", "interval"]
"""What stands after the mean: the sample standard deviation of the seeds, the standard error of their mean,
or half of the 95 % interval of their mean."""


@frozen
class Row:
    name: str
    """The name of the model or of the pair in the spec."""
    label: str


@frozen
class Column:
    name: str
    """``parameters``, ``teacher``, ``baseline``, ``<lineage>-<generation>``, a transfer, an ensemble; or the
    spec's name for cells that it fills itself."""
    label: str
    quantity: Quantity
    of: str = ""
    """The column whose runs are measured, where it is another one."""
    heading: str = ""
    """What stands above this column and its neighbours of the same heading."""


@frozen
class ImportedWeights:
    """A network that was trained elsewhere."""

    run: str
    """``<model>/<column>``."""
    file: str
    """Relative to the workspace."""
    sha256: str


@frozen
class SweepPoint:
    """One combination of a sweep's values."""

    values: tuple[str, ...]
    """As a person reads them, one for each field: ``4``, ``0.5``."""
    columns: tuple[str, ...]
    """The names of its columns: one, or one for each generation."""


@frozen
class SweepAxis:
    """A sweep in the table."""

    name: str
    fields: tuple[str, ...]
    """``objective.temperature``."""
    points: tuple[SweepPoint, ...]


@frozen
class Layout:
    """What a person asked to see."""

    spec: str
    """The spec's file name without ``.toml``."""
    title: str
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    scores: Mapping[tuple[str, str], tuple[Address, ...]]
    """By (row name, column name): one ``score`` stage for each seed. No entry: not run. In a column of
    parameters: the scores of the row's own network, of which any one tells."""
    published: Mapping[tuple[str, str], float]
    """By (row name, column name): the number that the paper prints, in the column's unit."""
    seeds: int
    """How many seeds the spec declares."""
    digits: int = 2
    """Decimal places of an error."""
    bold: Bold = "row"
    spread: Spread = "std"
    on: Part = "test"
    """The images that the errors are of."""
    transpose: bool = False
    """Whether people see the rows as columns."""
    parameters: Mapping[str, int] = Factory(dict)
    """By row name: how many parameters the row's own network has, where that is known without building it."""
    seed_of: Mapping[Address, int] = Factory(dict)
    """By score: the spec's seed that it belongs to. No entry: an ensemble across seeds."""
    other_runs: Mapping[tuple[str, str], tuple[str, str]] = Factory(dict)
    """By (row name, column name): the run, as (model, column), of a cell that shows another run than the
    row's own: because the spec fills it, or because the row is a pair, whose teacher is another network."""

    pairs: Mapping[str, tuple[str, str]] = Factory(dict)
    """The rows that are pairs of a teacher and a student, with the teacher's run, as (model, column)."""

    deviations: Mapping[tuple[str, str], float] = Factory(dict)
    """By (row name, column name): the deviation that the paper prints with its number."""

    sweeps: tuple[SweepAxis, ...] = ()
    """The sweeps of which columns are shown."""

    teachers: Mapping[Address, Address] = Factory(dict)
    """By a student's score: the score of its teacher."""

    imported: Mapping[tuple[str, str], tuple[ImportedWeights, ...]] = Factory(dict)
    """By run, as (model, column): the networks in it that were trained elsewhere. No entry: none."""

    def full_label(self, column: Column) -> str:
        """A column's label where it stands without its heading; with it, if another column has that label."""
        if not column.heading:
            return column.label
        alike = sum(other.label == column.label for other in self.columns) > 1
        return f"{column.heading}: {column.label}" if alike else column.label

    def elsewhere(self, row: str, column: str) -> tuple[ImportedWeights, ...]:
        """The networks that were trained elsewhere, of those behind a cell of errors."""
        run = self.run(row, column)
        return () if run is None else self.imported.get(run, ())

    def run(self, row: str, column: str) -> tuple[str, str] | None:
        """The run that a cell of errors shows, as (model, column); None where nothing is run."""
        if not self.scores.get((row, column)):
            return None
        return self.other_runs.get((row, column), (row, column))
