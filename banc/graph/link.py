"""[Graph] -> Graph: what two specs both need stands once.

Commutative, associative, idempotent: the order of specs on the command line is no part of the result.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve

from banc.graph.graph import Graph, PlacedStage, named
from banc.stage.kinds import Address
from banc.stage.layout import Layout


def link(graphs: Iterable[Graph]) -> Graph:
    """The union of ``graphs``. Their specs' names differ, or the specs are the same."""
    stages: dict[Address, PlacedStage] = {}
    layouts: dict[str, Layout] = {}
    paths: dict[str, str] = {}
    for graph in graphs:
        for name, layout in graph.layouts.items():
            assert layouts.setdefault(name, layout) == layout, name
        paths |= graph.paths
        for address, linked in graph.stages.items():
            there = stages.get(address)
            # Equal addresses are equal stages: the address is a digest of all that a stage is.
            uses = linked.uses | (there.uses if there else frozenset())
            where = linked.files | (there.files if there else frozenset())
            stages[address] = evolve(linked, uses=uses, files=where)
    return Graph(
        named(dict(sorted(stages.items()))), dict(sorted(layouts.items())), dict(sorted(paths.items()))
    )
