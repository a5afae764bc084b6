"""The words of the spec language, version 1, as types. ``docs/spec.md`` is their manual.

What stands here is what a person may write, before names are resolved. The strings under the fields
are what editors show, through the schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import attrs
from attrs import Factory, frozen

from banc.config.changes import partial, swept
from banc.config.constraints import INTERNAL, Bound, Entries, Names, OneOrMore
from banc.config.custom import Scalar
from banc.config.data import DataSet, Sha256
from banc.config.model import Model
from banc.config.objective import OBJECTIVES, Objective
from banc.config.recipe import Augmentation, Preset, Recipe
from banc.language.field_types import Selection, Text
from banc.language.table_spec import TableSpec
from banc.stage.kinds import Average, SharedLayer

VERSION = 1

GENERATION = 1000
"""What a generation adds to its lineage's seed: seeds stay below it, so no student has its teacher's."""

PARAMETERS = "parameters"
"""The column of parameter counts."""

TEACHER = "teacher"
"""The column of a model trained on the labels."""

BASELINE = "baseline"
"""The same column, as a transfer calls it."""

LONGEST = 100
"""Characters of a name: it stands in every message and path of its runs."""

RESERVED = (PARAMETERS, TEACHER, BASELINE)
"""Columns of the language."""

NAMES = Names(LONGEST, RESERVED)

Members = Annotated[tuple[str, ...], Entries()]
"""Runs of an ensemble."""

Shared = Annotated[tuple[SharedLayer, ...], Entries(at_least=0)]
"""Layers that a student takes from its teacher."""

Seed = Annotated[int, Bound(at_least=0, below=GENERATION)]

Generations = Annotated[int, Bound(at_least=1, at_most=99)]
"""Number of generations of a lineage; bounded, because a typing error must not declare a million networks."""

TeacherOutputs = Literal["stored", "live"]
"""Computed once for all that students are shown and looked up; or computed while a student trains."""

AugmentationChanges: Any = partial(Augmentation, "AugmentationChanges")
"""Fields of an augmentation to change."""

RecipeChanges: Any = partial(Recipe, "RecipeChanges")
"""Fields of a recipe to change."""

RecipeText: Any = partial(
    Recipe,
    "RecipeText",
    preset=Preset,
    except_=Mapping[str, RecipeChanges],
)
"""A preset's name, or a table of changes to one."""


RecipeValues: Any = swept(Recipe, "RecipeValues")
"""Fields of a recipe, each with several values."""


@frozen
class LineageChanges:
    """What one model of a lineage does differently."""

    generations: Generations | None = None
    """Students after the teacher."""

    objective: Objective | None = None
    """What the students minimise."""

    teacher_outputs: TeacherOutputs | None = None
    """Whether the teacher's outputs are stored or computed live."""

    recipe: RecipeChanges | None = None
    """Further changes of the recipe for the students."""


@frozen
class Lineage:
    """A teacher trained on the labels, then students, each on the outputs of the one before."""

    models: Selection
    """The models that have this lineage."""

    generations: Generations
    """Students after the teacher. The k-th is the column `<lineage>-k`."""

    objective: Objective = OBJECTIVES["ban-l"]
    """What the students minimise."""

    objectives: tuple[Objective, ...] = ()
    """Instead of `objective`: one for each generation, in their order."""

    teacher_outputs: TeacherOutputs | None = None
    """Whether the teacher's outputs are computed once and stored, or computed live while the student trains.
    Default: stored if the run has at least as many epochs as an image has views; live with cutout or
    mixup."""

    teacher_seed: Seed | None = None
    """One of `seeds`: the first students of every seed learn from the teacher of this seed. Default: each
    from the teacher of its own seed."""

    recipe: RecipeChanges | None = None
    """Changes of the recipe for the students."""

    except_: Mapping[str, LineageChanges] = Factory(dict)
    """Changes for single models."""


@frozen
class Pair:
    """A student beside its own teacher: a row of a table, and a student of transfers."""

    teacher: str
    """Whose outputs the student learns: a model trained on the labels, or `<model>/<column>`."""

    student: str
    """The model that is trained on them."""


@frozen
class TransferChanges:
    """What one student of a transfer does differently."""

    objective: Objective | None = None
    """What the student minimises."""

    share: Shared | None = None
    """Layers that the student takes from its teacher."""

    shared: Literal["frozen", "trained"] | None = None
    """Whether shared layers stay as they are or are trained on."""

    baseline: bool | None = None
    """Whether the student is trained on the labels alone too."""

    teacher_outputs: TeacherOutputs | None = None
    """Whether the teacher's outputs are stored or computed live."""

    recipe: RecipeChanges | None = None
    """Further changes of the recipe for the student."""


@frozen
class Transfer:
    """Students that learn from one teacher; or pairs, each of whose students learns from its own."""

    students: Selection
    """The models, or the pairs, that are trained. The column has the transfer's name."""

    teacher: str | None = None
    """Whose outputs the students learn: a model trained on the labels, or `<model>/<column>`. Pairs have
    teachers of their own."""

    objective: Objective = OBJECTIVES["ban-l"]
    """What the students minimise."""

    share: Shared = ()
    """Layers that a student takes from its teacher: `stem` (first) and `classifier` (last)."""

    shared: Literal["frozen", "trained"] = "frozen"
    """Whether shared layers stay as they are or are trained on."""

    baseline: bool = False
    """Train each student on the labels alone too: the column `baseline`."""

    teacher_outputs: TeacherOutputs | None = None
    """Whether the teacher's outputs are computed once and stored, or computed live while the student trains.
    Default: stored if the run has at least as many epochs as an image has views; live with cutout or
    mixup."""

    teacher_seed: Seed | None = None
    """One of `seeds`: students of every seed learn from the teacher of this seed. Default: each from the
    teacher of its own seed."""

    recipe: RecipeChanges | None = None
    """Changes of the recipe for the students."""

    except_: Mapping[str, TransferChanges] = Factory(dict)
    """Changes for single students."""


@frozen
class ControlChanges:
    """What one model of a control does differently."""

    recipe: RecipeChanges | None = None
    """Further changes of the recipe for this model."""


@frozen
class Control:
    """Models trained on the labels alone, with another recipe than teachers and baselines."""

    models: Selection
    """The models, or pairs, of which their students are trained. The column has the control's name."""

    recipe: RecipeChanges
    """Changes of the recipe for these runs: `{ label_smoothing = 0.1 }`."""

    except_: Mapping[str, ControlChanges] = Factory(dict)
    """Changes for single models."""


@frozen
class Pretrained:
    """A network that was trained elsewhere: a file of weights, as they are. It is one for all seeds."""

    model: str
    """Which of the models the weights are of. The run is the column `<name>` of this model."""

    file: str
    """The file, relative to the workspace: `weights/wrn.safetensors`; or a state dict of PyTorch, `.pt`,
    `.pth` or `.bin`, which must hold tensors and nothing else."""

    sha256: Sha256
    """Digest of the file's bytes: what `sha256sum weights/wrn.safetensors` prints."""

    smoke: bool = attrs.field(default=False, metadata=INTERNAL)
    """In a smoke run: a small network that is trained on the labels stands for it."""


@frozen
class Ensemble:
    """The mean of the members' outputs. It costs no training."""

    of: Selection
    """The models that have this ensemble."""

    members: Members
    """Columns of the same model, or `<model>/<column>`."""

    across_seeds: bool = False
    """One ensemble over the members of all seeds, instead of one for each seed."""

    average: Average = "probabilities"
    """What is averaged: the members' probabilities, as in the paper, or their logits."""

    except_: Mapping[str, Members] = Factory(dict)
    """Other members for single models."""


@frozen
class Sweep:
    """The runs of a lineage, transfer or control, trained once for each value of one or two fields."""

    of: str
    """The lineage, transfer or control."""

    objective: Mapping[str, Annotated[tuple[Scalar, ...], Entries()]] = Factory(dict)
    """Fields of its objective, each with an array of values: `objective.temperature = [1, 2, 4]`."""

    recipe: RecipeValues | None = None
    """Fields of the runs' recipe, each with an array of values: `recipe.epochs = [100, 200]`."""


@frozen
class Spec:
    """An experiment."""

    banc: Literal[1]
    """Version of the spec language."""

    title: Text
    """Printed above the table."""

    data: DataSet
    """The data set, by name, or as a table with its options."""

    recipe: RecipeText
    """How to optimise: a preset's name, or a table of changes to one."""

    seeds: Annotated[tuple[Seed, ...], Entries()]
    """Every run is made once with each of these seeds."""

    models: Annotated[Mapping[str, Model], NAMES]
    """Networks by name."""

    table: TableSpec
    """The table to print."""

    pretrained: Annotated[Mapping[str, Pretrained], NAMES] = Factory(dict)
    """Networks that were trained elsewhere, from files of weights."""

    pairs: Annotated[Mapping[str, Pair], NAMES] = Factory(dict)
    """Students beside their teachers, to be rows of the table."""

    lineages: Annotated[Mapping[str, Lineage], NAMES] = Factory(dict)
    """Generations: a teacher and its students, each learning from the one before."""

    transfers: Annotated[Mapping[str, Transfer], NAMES] = Factory(dict)
    """Students of other networks: of one teacher, or each of its own."""

    sweeps: Annotated[Mapping[str, Sweep], NAMES] = Factory(dict)
    """Lineages, transfers and controls with several values of a field."""

    controls: Annotated[Mapping[str, Control], NAMES] = Factory(dict)
    """Models trained on the labels with another recipe, to compare students with."""

    baselines: Annotated[tuple[str, ...], OneOrMore(), Entries(at_least=0)] = ()
    """Models trained on the labels that no lineage or transfer trains already."""

    ensembles: Annotated[Mapping[str, Ensemble], NAMES] = Factory(dict)
    """Means of several runs' predictions."""

    smoke: Mapping[Recipe, Recipe] | None = attrs.field(default=None, metadata=INTERNAL)
    """Of a smoke run: which small recipe stands for each one of the spec's."""
