"""The runs that a spec declares, as values.

Made by ``language.declare``; by name, and before seeds.
"""

from __future__ import annotations

from attrs import frozen

from banc.config.model import Model
from banc.config.objective import Objective
from banc.config.recipe import Recipe
from banc.language.positions import KeyPath
from banc.stage.kinds import Average, SharedLayer, WeightsFormat

RunName = tuple[str, str]
"""(model, column)."""


@frozen
class DeclaredRun:
    """A network to be trained."""

    name: RunName
    path: KeyPath
    """Where the spec declares it."""
    network: str
    """The model's name in the spec; of a pair's run, that of its student."""
    model: Model
    recipe: Recipe
    objective: Objective
    teacher: RunName | None = None
    share: tuple[SharedLayer, ...] = ()
    share_frozen: bool = True
    stored: bool = True
    """Whether the teacher's outputs are looked up."""
    teacher_seed: int | None = None
    """The spec's seed of the teacher; None: that of the run itself."""
    seeds: frozenset[int] | None = None
    """The spec's seeds with which it is made; None: all of them. Others are for nobody."""

    @property
    def has_own_recipe(self) -> bool:
        """Whether the group that declares it may change its recipe: a student's or a control's, and not that
        of a teacher or baseline.
        """
        return self.teacher is not None or self.path[0] in ("controls", "sweeps")


@frozen
class DeclaredImport:
    """A network that was trained elsewhere."""

    name: RunName
    path: KeyPath
    """Where the spec declares it."""
    model: Model
    file: str
    """Relative to the workspace."""
    digest: str
    format: WeightsFormat
    recipe: Recipe
    """Of the model's own runs: how networks compute. And how the small one is trained that stands for it."""
    smoke: bool
    """Whether one does, as in a smoke run."""


@frozen
class DeclaredEnsemble:
    """An ensemble of runs."""

    name: RunName
    path: KeyPath
    members: tuple[RunName, ...]
    across_seeds: bool
    average: Average = "probabilities"


Run = DeclaredRun | DeclaredImport | DeclaredEnsemble


def upstream(run: Run) -> tuple[RunName, ...]:
    """The runs that must be finished before this one."""
    match run:
        case DeclaredRun(teacher=teacher):
            return () if teacher is None else (teacher,)
        case DeclaredImport():
            return ()
        case DeclaredEnsemble(members=members):
            return members
