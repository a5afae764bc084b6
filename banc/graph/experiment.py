"""An experiment: every run of a spec by name, with its seed, in an order in which it could be made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import frozen

from banc.config.data import DataSet
from banc.config.model import Model
from banc.config.objective import Objective
from banc.config.recipe import Recipe
from banc.language.table_spec import TableSpec
from banc.stage.kinds import Average, SharedLayer, WeightsFormat
from banc.stage.layout import SweepAxis


@frozen(order=True)
class SeededName:
    """A run, as a person calls it."""

    model: str
    column: str
    seed: int | None
    """The spec's seed that it belongs to; None for an ensemble across seeds and a network from elsewhere."""

    def __str__(self) -> str:
        return f"{self.model} {self.column}" + ("" if self.seed is None else f" seed {self.seed}")


@frozen
class SeededRun:
    """A network to train."""

    name: SeededName
    model: Model
    recipe: Recipe
    objective: Objective
    seed: int
    """Of its own: another than its teacher's."""
    teachers: tuple[SeededName, ...] = ()
    """Networks whose mean output is the teacher's; one, unless the teacher is an ensemble."""
    share: tuple[SharedLayer, ...] = ()
    share_frozen: bool = True
    stored: bool = True
    """Whether the teachers' outputs are looked up, or computed while it trains."""


@frozen
class ImportedNetwork:
    """A network that was trained elsewhere."""

    name: SeededName
    """Without a seed."""
    model: Model
    file: str
    """Relative to the workspace."""
    digest: str
    format: WeightsFormat
    precision: Literal["float32", "bfloat16"]
    deterministic: bool


@frozen
class SeededEnsemble:
    """An ensemble to score."""

    name: SeededName
    members: tuple[SeededName, ...]
    """Networks."""
    average: Average = "probabilities"


@frozen
class Experiment:
    """What a spec asks for."""

    spec: str
    title: str
    data: DataSet
    seeds: tuple[int, ...]
    trainings: tuple[SeededRun, ...]
    """Each after its teachers."""
    pools: tuple[SeededEnsemble, ...]
    rows: tuple[str, ...]
    """Names of models and pairs."""
    table: TableSpec
    columns: tuple[str, ...]
    """Names of the table's columns; a sweep has one for each of its points."""
    labels: Mapping[str, str]
    """What the table prints for a name, where that is another text."""
    headings: Mapping[str, str]
    """By column, what stands above it and its neighbours of the same heading. No entry: nothing."""
    sweeps: tuple[SweepAxis, ...]
    cells: Mapping[tuple[str, str], tuple[str, str]]
    """By (row, column): the run, as (model, column), that a cell of errors shows, if there is such a run."""
    pairs: Mapping[str, tuple[str, str]]
    """The rows that are pairs, with the run that teaches, as (model, column)."""
    imports: tuple[ImportedNetwork, ...] = ()

    @property
    def networks(self) -> tuple[ImportedNetwork | SeededRun, ...]:
        """All that have weights."""
        return (*self.imports, *self.trainings)
