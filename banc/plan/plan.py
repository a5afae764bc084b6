"""Graph, State -> Plan: what DVC will do with every stage, and why.

In: the graph that is to be made, and what is there. Out: an action for every stage. A pure function: it reads
nothing, and the same graph and state give the same plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import TopologicalSorter

from banc.graph.graph import Graph
from banc.plan.asked import Asked, asked
from banc.plan.decide import Changed, Decision, Kept, Known, Restored, Unknown, decide
from banc.plan.explain import Causes
from banc.plan.regain import Regain
from banc.plan.step import Action, Keep, Plan, Restore, Run, Step, Wait
from banc.stage.files import inputs
from banc.stage.kinds import Address, Train
from banc.state.state import File, State


def plan(graph: Graph, state: State) -> Plan:
    """What ``banc compile`` of ``graph`` and then ``dvc repro`` would do to a workspace in ``state``."""
    stages = {address: asked(address, linked) for address, linked in graph.stages.items()}
    upstream = {
        address: tuple(
            dict.fromkeys(parent for several in inputs(linked.stage).values() for parent in several)
        )
        for address, linked in graph.stages.items()
    }
    # Sorted first, so that the order is the same each time.
    order = list(TopologicalSorter({address: upstream[address] for address in sorted(stages)}).static_order())
    known = {address: _known(stages[address], state) for address in order}
    # What nobody makes is as it is; where it is missing, it is not what it was.
    weights = {
        placed.file: state.files.get(placed.file, File(None))
        for placed in graph.stages.values()
        if placed.file
    }
    decisions, expected = _decide(order, stages, known, weights)
    causes = Causes(graph, state)
    regain = Regain(stages, upstream, known, decisions)
    actions: dict[Address, Action] = {}
    for address in order:
        stage = stages[address]
        match decisions[address]:
            case Kept():
                action: Action = Keep()
            case Restored(entry):
                action = Restore(sum(file.size for file in entry.outputs.values()))
            case Unknown():
                action = Wait(_waited_for(upstream[address], actions))
            case Changed():
                here = {path: expected[path] for path in stage.inputs}
                others = regain.by(address, here)
                why = causes.why(stage, known[address], here, upstream[address], actions)
                action = Wait(others) if others else Run(why)
        actions[address] = action
    linked = {stage.parameter_file for stage in stages.values()} == state.linked
    return Plan(tuple(_step(address, graph, state, actions[address]) for address in order), linked)


def _step(address: Address, graph: Graph, state: State, action: Action) -> Step:
    linked = graph.stages[address]
    stage = linked.stage
    return Step(
        address=address,
        kind=stage.KIND,
        names=tuple(sorted(linked.names)),
        action=action,
        epochs=stage.recipe.epochs if isinstance(stage, Train) else None,
        checkpoint=state.checkpoints.get(address) if isinstance(action, Run | Wait) else None,
        holder=state.holders.get(address),
    )


def _decide(
    order: list[Address],
    stages: Mapping[Address, Asked],
    known: Mapping[Address, Known],
    weights: Mapping[str, File],
) -> tuple[dict[Address, Decision], dict[str, File | None]]:
    """DVC's decision for each stage, and what each output will be; None of one that is to be made."""
    decisions: dict[Address, Decision] = {}
    expected: dict[str, File | None] = dict(weights)
    for address in order:
        stage = stages[address]
        decision = decide(stage, known[address], {path: expected[path] for path in stage.inputs})
        decisions[address] = decision
        for path in stage.outputs:
            match decision:
                case Kept():
                    expected[path] = known[address].outputs[path]
                case Restored(entry):
                    expected[path] = entry.outputs[path]
                case Changed() | Unknown():
                    expected[path] = None
    return decisions, expected


def _known(stage: Asked, state: State) -> Known:
    files = state.files
    return Known(
        entry=state.locks.get(stage.lock, {}).get(stage.address),
        runs=state.runs.get(stage.address, {}),
        outputs={path: files[path] for path in stage.outputs if path in files},
        cached=state.cached.__contains__,
    )


def _waited_for(upstream: tuple[Address, ...], actions: Mapping[Address, Action]) -> tuple[Address, ...]:
    """The stages that have to run first: the nearest that run."""
    waits: dict[Address, None] = {}
    for address in upstream:
        match actions[address]:
            case Run():
                waits[address] = None
            case Wait(on):
                waits |= dict.fromkeys(on)
            case Keep() | Restore():
                pass
    return tuple(waits)
