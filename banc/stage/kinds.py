"""Six stage kinds are enough. Their fields are identity, and nothing else.

A field of type ``Address`` (or a tuple of them) is an input; its name is the role. A field added
later gets a default, and that default never changes: while it holds, addresses stay.
"""

from __future__ import annotations

from typing import ClassVar, Literal, NewType

from attrs import frozen

from banc.config.data import DataSet
from banc.config.model import Model
from banc.config.objective import Objective
from banc.config.recipe import Augmentation, Recipe

Address = NewType("Address", str)
"""``<kind>-<slug>-<digest>``: what a stage is, in a name. See ``stage.address``."""

Average = Literal["probabilities", "logits"]
"""What an ensemble averages. The mean of logits is the geometric mean of probabilities, but for a factor."""

Part = Literal["test", "validation"]
"""Images that no network is trained on: the data set's test images, or what was held out of its training
images."""

SharedLayer = Literal["stem", "classifier"]
"""A layer that a student can take from its teacher: the first or the last."""


@frozen
class Data:
    """Reads, verifies and splits a data set.

    Writes the arrays of ``stage.files.DATA_ARRAYS`` and ``data.json``.
    """

    KIND: ClassVar[str] = "data"
    TAG: ClassVar[str] = "Data"
    REVISION: ClassVar[int] = 1

    source: DataSet


@frozen
class Train:
    """Trains one network from one seed and writes its weights and its outputs on the test set."""

    KIND: ClassVar[str] = "train"
    TAG: ClassVar[str] = "Train"
    REVISION: ClassVar[int] = 2

    model: Model
    recipe: Recipe
    objective: Objective
    seed: int
    data: Address
    teacher_outputs: tuple[Address, ...] = ()
    """``predict`` stages over what it is shown; the mean of their probabilities is the teacher."""
    shared_with: Address | None = None
    """The network whose layers are copied into this network."""
    share: tuple[SharedLayer, ...] = ()
    """Which layers are copied."""
    share_frozen: bool = True
    """Copied layers stay as they are; otherwise training goes on from them."""
    teachers: tuple[Address, ...] = ()
    """Networks whose outputs are computed while this network trains, instead of looked up."""
    validation: bool = False
    """Whether the data set has validation images: then it writes its outputs on them, too."""


WeightsFormat = Literal["safetensors", "state-dict"]
"""How weights from elsewhere lie in a file: as safetensors, or as a state dict that torch pickled."""


@frozen
class Import:
    """Takes a network that was trained elsewhere, and writes its weights and its outputs on the test set.

    Which weights they are is said by their digest. Where the file lies is no field: it comes with the
    command, and moving the file makes no other network of it.
    """

    KIND: ClassVar[str] = "import"
    TAG: ClassVar[str] = "Import"
    REVISION: ClassVar[int] = 1

    model: Model
    digest: str
    """The SHA-256 of the file's bytes, 64 hex digits."""
    format: WeightsFormat
    data: Address
    precision: Literal["float32", "bfloat16"] = "float32"
    """Numbers of its forward pass."""
    deterministic: bool = True
    """Whether it is asked by algorithms that give the same bytes each time."""
    validation: bool = False
    """Whether the data set has validation images: then it writes its outputs on them, too."""


@frozen
class Predict:
    """A network's outputs over the training images as students are shown them, as log-probabilities.

    Over every view, for whoever learns; or, where what is shown is drawn anew in each epoch, over the epochs
    of the students of one seed.
    """

    KIND: ClassVar[str] = "predict"
    TAG: ClassVar[str] = "Predict"
    REVISION: ClassVar[int] = 1

    views: Augmentation
    data: Address
    model: Address
    seed: int | None = None
    """Of the students whose epochs are stored. None: every view is stored."""
    epochs: int = 0
    """How many these students have. 0: every view is stored."""

    @property
    def per_image(self) -> int:
        """Outputs of each training image."""
        return self.views.num_views if self.seed is None else self.epochs


@frozen
class Score:
    """Error of one network, or of several as the mean of their outputs (equation 4)."""

    KIND: ClassVar[str] = "score"
    TAG: ClassVar[str] = "Score"
    REVISION: ClassVar[int] = 1

    data: Address
    members: tuple[Address, ...]
    average: Average = "probabilities"
    """What is averaged over the members. For a single member this is always the default."""
    on: Part = "test"
    """The images that the error is of."""


@frozen
class Table:
    """Gathers the scores that a spec's table shows, without names or order: those are the report's."""

    KIND: ClassVar[str] = "table"
    TAG: ClassVar[str] = "Table"
    REVISION: ClassVar[int] = 1

    name: str
    """The spec's file name without ``.toml``. It is the one name that reaches a path."""

    scores: tuple[Address, ...]
    """Sorted."""


Stage = Data | Train | Import | Predict | Score | Table
"""Everything that ``banc run`` can do."""

NETWORKS = (Train.KIND, Import.KIND)
"""The kinds whose stages are networks: they write weights, what is known of them, and outputs on the test
set. Whoever reads those files does not ask which of the two wrote them."""
