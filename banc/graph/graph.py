"""A graph of stages, each known by its address, and the tables that were asked for."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve, frozen

from banc.stage.called import called
from banc.stage.index import Use
from banc.stage.kinds import Address, Stage
from banc.stage.layout import Layout


@frozen
class PlacedStage:
    """A stage in a graph."""

    stage: Stage
    group: str
    """The folder in ``pipelines/`` where it stands. It follows from the stage's identity."""
    names: tuple[str, ...]
    """What people call it, in each spec that needs it. No other stage of its graph has one of them."""
    uses: frozenset[Use] = frozenset()
    """The same as values: which run of which spec it is, or is the outputs or the score of."""
    files: frozenset[str] = frozenset()
    """Of an import: where the file of weights lies, relative to the workspace, as each spec says."""

    @property
    def file(self) -> str | None:
        """Which of ``files`` is read: all have the same bytes, and the choice hangs on no order."""
        return min(self.files, default=None)


def named(stages: Mapping[Address, PlacedStage]) -> dict[Address, PlacedStage]:
    """``stages`` with the names that follow from the uses of them all."""
    names = called({address: (placed.stage, placed.uses) for address, placed in stages.items()})
    return {address: evolve(placed, names=names[address]) for address, placed in stages.items()}


@frozen
class Graph:
    """Stages by address; the tables by the name of their spec."""

    stages: Mapping[Address, PlacedStage]
    layouts: Mapping[str, Layout]
    paths: Mapping[str, str]
    """Each spec's file, relative to the workspace, by the spec's name."""

    @property
    def weight_files(self) -> frozenset[str]:
        """The files of weights that its imports read, relative to the workspace."""
        return frozenset(placed.file for placed in self.stages.values() if placed.file is not None)
