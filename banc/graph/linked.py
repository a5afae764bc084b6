"""Index, stages -> Graph: what is linked now, whatever the specs say by now.

In: the index of what is linked, and the stages of its parameter files. Out: a graph without layouts, which
are in the specs alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from banc.graph.graph import Graph, PlacedStage
from banc.stage.index import Index
from banc.stage.kinds import Address, Stage


def linked(index: Index, stages: Mapping[Address, Stage]) -> Graph:
    """The graph of ``stages``, which are those of ``index``."""
    placed = {
        address: PlacedStage(
            stages[address],
            indexed.group,
            indexed.called,
            frozenset(indexed.uses),
            frozenset({indexed.file} if indexed.file else ()),
        )
        for address, indexed in index.stages.items()
    }
    return Graph(placed, {}, {name: spec.path for name, spec in index.specs.items()})
