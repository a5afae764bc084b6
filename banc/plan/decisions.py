"""Graph, State -> what DVC decides about every stage, in the order in which it could run.

In: the graph that is to be made, and what is there. Out: decisions, with what they were made from. Why, and
what else may happen meanwhile, is for ``plan.plan`` to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter

from attrs import frozen

from banc.graph.graph import Graph
from banc.plan.asked import Asked, asked
from banc.plan.decide import Changed, Decision, Kept, Known, Restored, Unknown, decide
from banc.stage.files import parents
from banc.stage.kinds import Address
from banc.state.state import File, State


@frozen
class Decisions:
    """Of all stages of a graph."""

    order: Sequence[Address]
    """Inputs before what reads them; the same order each time."""
    stages: Mapping[Address, Asked]
    upstream: Mapping[Address, tuple[Address, ...]]
    """The stages that each reads."""
    known: Mapping[Address, Known]
    decisions: Mapping[Address, Decision]
    expected: Mapping[str, File | None]
    """By path, what each output and each file of weights will be; None: it is to be made."""


def decisions(graph: Graph, state: State) -> Decisions:
    """What DVC decides."""
    stages = {address: asked(address, placed) for address, placed in graph.stages.items()}
    upstream = {address: parents(placed.stage) for address, placed in graph.stages.items()}
    # Sorted first, so that the order is the same each time.
    order = list(TopologicalSorter({address: upstream[address] for address in sorted(stages)}).static_order())
    known = {address: known_of(stages[address], state) for address in order}
    decided: dict[Address, Decision] = {}
    # What nobody makes is as it is; where it is missing, it is not what it was.
    files = (placed.file for placed in graph.stages.values() if placed.file)
    expected: dict[str, File | None] = {path: state.files.get(path, File(None)) for path in files}
    for address in order:
        stage = stages[address]
        decision = decide(stage, known[address], {path: expected[path] for path in stage.inputs})
        decided[address] = decision
        for path in stage.outputs:
            match decision:
                case Kept():
                    expected[path] = known[address].outputs[path]
                case Restored(entry):
                    expected[path] = entry.outputs[path]
                case Changed() | Unknown():
                    expected[path] = None
    return Decisions(order, stages, upstream, known, decided, expected)


def unsettled(graph: Graph, state: State) -> frozenset[Address]:
    """The stages whose runs in DVC's run cache a plan hangs on: those that their locks do not settle.

    Args:
        state: without any of these runs.
    """
    made = decisions(graph, state).decisions
    # Of what is kept or restored as its lock has it, all above is, too, so no run can change that.
    return frozenset(address for address, decision in made.items() if isinstance(decision, Changed | Unknown))


def known_of(stage: Asked, state: State) -> Known:
    """What ``state`` tells of one stage."""
    files = state.files
    return Known(
        entry=state.locks.get(stage.lock, {}).get(stage.address),
        runs=state.runs.get(stage.address, {}),
        outputs={path: files[path] for path in stage.outputs if path in files},
        cached=state.cached.__contains__,
    )
