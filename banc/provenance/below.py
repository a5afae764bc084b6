"""What depends on some stages: what would run again if they changed.

In: a graph, a plan of it, and stages. Out: everything below them. A change of a stage's own fields gives all
of these new addresses, so all run; if only its bytes change, DVC stops where a stage comes out as before.
"""

from __future__ import annotations

from collections.abc import Iterable

from banc.graph.graph import Graph
from banc.plan.step import Plan
from banc.provenance.node import Below
from banc.stage.files import parents
from banc.stage.kinds import Address, Table


def below(graph: Graph, plan: Plan, of: Iterable[Address]) -> Below:
    """The stages that read what one of ``of`` writes, directly or through others."""
    changed = tuple(of)
    reached = set(changed)
    steps = []
    # Inputs come before what reads them, so one pass is enough.
    for step in plan.steps:
        above = parents(graph.stages[step.address].stage)
        if step.address not in reached and not reached.isdisjoint(above):
            reached.add(step.address)
            steps.append(step)
    stages = [graph.stages[step.address].stage for step in steps]
    tables = sorted(stage.name for stage in stages if isinstance(stage, Table))
    return Below(changed, tuple(steps), tuple(tables))
