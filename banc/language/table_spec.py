"""What a spec says of its table.

As ``language.spec`` has it: values, whose names may still mean nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from attrs import Factory, frozen

from banc.config.constraints import Bound, Entries
from banc.language.field_types import Columns, Selection, Text
from banc.stage.kinds import Part
from banc.stage.layout import Bold, Measure, Spread


@frozen
class ShownQuantity:
    """A column that shows something else of runs than their error."""

    of: str
    """The column of the runs that are measured."""

    show: Measure
    """What is measured."""


@frozen
class TableSpec:
    """What to show."""

    rows: Selection
    """The models, or the pairs, from top to bottom."""

    columns: Annotated[tuple[str, ...], Entries()]
    """`parameters`, `teacher`, `baseline`, `<lineage>-<generation>`, transfers, controls, sweeps, ensembles,
    pretrained networks, and what `cells` fills or `quantities` declares."""

    show: Literal["error", "accuracy"] = "error"
    """What columns show that say nothing else: the test error, or the test accuracy."""

    digits: Annotated[int, Bound(at_least=0, at_most=6)] = 2
    """Decimal places of an error or accuracy."""

    bold: Bold = "row"
    """Whether the best number of each row or of each column is bold, with all that cannot be told apart from
    it."""

    transpose: bool = False
    """Print the columns as rows and the rows as columns."""

    spread: Spread = "std"
    """What stands after ±: the sample standard deviation of the seeds (`std`), the standard error of their
    mean, or half of the 95 % interval of their mean (Student's t)."""

    on: Part = "test"
    """The images that errors are of: the `test` set, or the `validation` images that `data` holds out of
    training. To choose a number, look at these."""

    labels: Mapping[str, Text] = Factory(dict)
    """What to print for a model or a column instead of its name."""

    cells: Mapping[str, Mapping[str, str]] = Factory(dict)
    """Runs of other models to show in single cells, as `<model>/<column>`: by row, then by column."""

    groups: Mapping[str, Columns] = Factory(dict)
    """Headings above several columns, each with the names of columns that stand side by side."""

    quantities: Mapping[str, ShownQuantity] = Factory(dict)
    """Columns that show another quantity than the error, by their names in `columns`."""

    published: Mapping[str, Mapping[str, float]] = Factory(dict)
    """A paper's numbers, printed beside ours: by model, then by column. Errors, or accuracies, in percent,
    parameters in millions."""

    deviations: Mapping[str, Mapping[str, float]] = Factory(dict)
    """The deviations that the paper prints with its numbers, in the same form."""
