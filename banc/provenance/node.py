"""The tree from a number back to where it came from: a closed union of frozen nodes.

Made by ``provenance.trace``. A node of runs holds the stages of all seeds that were asked about: they differ
in their seed and in nothing that a person wrote.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from banc.config.data import DataSet
from banc.digest import Json
from banc.plan.step import Step
from banc.provenance.places import Line
from banc.report.cells import Cell
from banc.stage.energy import Energy
from banc.stage.kinds import Address, Average, Part, SharedLayer
from banc.stage.layout import Quantity, Spread
from banc.stage.metrics import Metrics
from banc.stage.timing import Timing
from banc.state.state import Facts, File


@frozen
class Output:
    """A file that a stage writes."""

    path: str
    recorded: File | None
    """As the stage's entry in ``dvc.lock`` has it; None where no entry does."""
    now: File | None
    """As it is; None where it is missing."""


@frozen
class Traced:
    """One stage in the tree."""

    address: Address
    seed: int | None
    """The spec's seed; None of data, tables and ensembles across seeds."""
    parameter_file: str
    lock: str
    """The ``dvc.lock`` that its entry is in, or will be."""
    outputs: tuple[Output, ...]
    step: Step
    """What DVC would do with it now, and why."""
    facts_file: str | None = None
    """The file that says what it was made with, where it is there."""
    facts: Facts | None = None
    timing: Timing | None = None
    """Of its last run in this workspace, as far as that is written down."""
    energy: Energy | None = None
    """What that run drew, as far as it is known."""
    for_seed: int | None = None
    """Of a store by epoch: the spec's seed of its students."""


@frozen
class Result:
    """What one ``score`` stage found."""

    stage: Traced
    metrics: Metrics | None = None
    """None: not finished."""
    file: str | None = None
    """Where these numbers stand: the stage's own ``metrics.json``, or the table's committed results."""


@frozen
class DataNode:
    """The data set that everything above reads."""

    source: DataSet
    line: Line
    stage: Traced


@frozen
class Seen:
    """A run or a data set that the tree has told already."""

    name: str


@frozen
class TrainingNode:
    """A trained network: one of each seed."""

    model: str
    """Its name in the spec."""
    column: str
    line: Line
    """Of the lineage, transfer or list that declares it."""
    model_line: Line
    recipe_line: Line
    slug: str
    """The network in short: ``densenet-bc-90-60``."""
    objective: str
    """In short: ``ban-l``."""
    parameters: Mapping[str, Json]
    """The stages' parameters, the seed and inputs aside. What equals its default is left out."""
    weights: int | None
    """How many parameters the network has; None of a person's own network that is not trained yet."""
    share: tuple[SharedLayer, ...]
    """Layers that it takes from its teacher."""
    share_frozen: bool
    seeds: Mapping[Address, int]
    """The seed that each of the stages trains with."""
    stages: tuple[Traced, ...]
    teachers: tuple[TeacherNode, ...]
    data: DataNode | Seen

    @property
    def name(self) -> str:
        return f"{self.model} {self.column}"


@frozen
class ImportedNode:
    """A network that was trained elsewhere: one for all seeds."""

    model: str
    """Its name in the spec."""
    column: str
    line: Line
    """Of the spec's table that names the file."""
    model_line: Line
    slug: str
    weights: int | None
    """How many parameters the network has; None of a person's own network that is not read yet."""
    file: str
    """Where the weights lie, relative to the workspace."""
    digest: str
    """The SHA-256 of that file, 64 hex digits."""
    stage: Traced
    data: DataNode | Seen

    @property
    def name(self) -> str:
        return f"{self.model} {self.column}"


NetworkNode = TrainingNode | ImportedNode


@frozen
class TeacherNode:
    """A teacher, and how its outputs reach the student."""

    stores: tuple[Traced, ...]
    """The ``predict`` stages that hold its outputs; none: they are computed while the student trains."""
    views: int | None
    """Views of each training image in a store. None: there is no store, or it is by epoch."""
    epochs: int | None
    """Epochs of which a store has what is shown in them. None: there is no store, or it is by view."""
    network: NetworkNode | Seen

    @property
    def how(self) -> str:
        """How its outputs reach the student, in words."""
        if self.epochs is not None:
            return f"stored by epoch, {self.epochs:,} epoch{'' if self.epochs == 1 else 's'}"
        if self.views is not None:
            return f"stored, {self.views:,} view{'' if self.views == 1 else 's'} of each image"
        return "computed while the student trains"


@frozen
class ScoreNode:
    """The test error of a run: one number a seed, or one for an ensemble across seeds."""

    model: str
    column: str
    line: Line
    results: tuple[Result, ...]
    members: tuple[NetworkNode | Seen, ...]
    """The networks whose outputs are averaged: one, unless it is an ensemble."""
    ensemble: bool
    average: Average = "probabilities"
    """What an ensemble averages."""


@frozen
class CellNode:
    """A cell of a table, as ``banc report`` prints it; or a run that is in no table, in the same form."""

    spec: str
    """The table's name."""
    row: str
    column: str
    line: Line
    """Of the table; where the spec fills the cell with another run, of that."""
    shown: bool
    """Whether the table has this cell."""
    quantity: Quantity
    digits: int
    spread: Spread
    """What stands after ±."""
    on: Part
    """The images that an error is of."""
    cell: Cell
    published_line: Line | None
    score: ScoreNode | None
    """Of a cell of errors; None where nothing is run."""
    network: NetworkNode | Seen | None
    """Of a count of parameters: the network that is counted; None where nothing trains it."""


@frozen
class TableNode:
    """A table: the stage that gathers its scores."""

    spec: str
    line: Line
    stage: Traced
    scores: tuple[Step, ...]
    """What DVC would do with each score in it."""


Node = CellNode | TableNode | ScoreNode | TrainingNode | ImportedNode | TeacherNode | DataNode | Seen


@frozen
class Below:
    """What depends on some stages, directly or not."""

    of: tuple[Address, ...]
    """The stages themselves."""
    steps: tuple[Step, ...]
    """Everything below them, inputs before what reads them."""
    tables: tuple[str, ...]
    """The names of the tables among these."""


@frozen
class Explanation:
    """The answer of ``banc explain``."""

    node: Node
    below: Below
    linked: bool
    """Whether the generated files are what the specs say; otherwise ``banc compile`` comes first."""
    names: Mapping[Address, str]
    """What people call each stage of the plan, where they call it something."""
