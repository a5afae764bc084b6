"""Graph, State -> Plan: what DVC will do with every stage, and why.

In: the graph that is to be made, and what is there. Out: an action for every stage. A pure function: it reads
nothing, and the same graph and state give the same plan.
"""

from __future__ import annotations

from collections.abc import Mapping

from banc.graph.graph import Graph
from banc.plan.decide import Changed, Kept, Restored, Unknown
from banc.plan.decisions import decisions
from banc.plan.explain import Causes
from banc.plan.regain import Regain
from banc.plan.step import Action, Keep, Plan, Restore, Run, Step, Wait
from banc.stage.kinds import Address, Train
from banc.state.state import Checkpoint, File, State


def plan(graph: Graph, state: State) -> Plan:
    """What ``banc compile`` of ``graph`` and then ``dvc repro`` would do to a workspace in ``state``."""
    made = decisions(graph, state)
    stages, upstream, known = made.stages, made.upstream, made.known
    causes = Causes(graph, state)
    regain = Regain(stages, upstream, known, made.decisions)
    actions: dict[Address, Action] = {}
    for address in made.order:
        stage = stages[address]
        match made.decisions[address]:
            case Kept():
                action: Action = Keep()
            case Restored(entry):
                action = Restore(sum(file.size for file in entry.outputs.values()))
            case Unknown():
                action = Wait(_waited_for(upstream[address], actions))
            case Changed():
                here = {path: made.expected[path] for path in stage.inputs}
                others = regain.by(address, here)
                why = causes.why(stage, known[address], here, upstream[address], actions)
                action = Wait(others) if others else Run(why)
        actions[address] = action
    return Plan(
        tuple(_step(address, graph, state, actions[address], made.expected) for address in made.order)
    )


def _step(
    address: Address, graph: Graph, state: State, action: Action, expected: Mapping[str, File | None]
) -> Step:
    linked = graph.stages[address]
    stage = linked.stage
    return Step(
        address=address,
        kind=stage.KIND,
        names=linked.names,
        action=action,
        epochs=stage.recipe.epochs if isinstance(stage, Train) else None,
        checkpoint=_used(state.checkpoints.get(address), expected)
        if isinstance(action, Run | Wait)
        else None,
        holder=state.holders.get(address),
    )


def _used(checkpoint: Checkpoint | None, expected: Mapping[str, File | None]) -> Checkpoint | None:
    """``checkpoint``, unless it is of other inputs than are ``expected``, as far as these are known."""
    if checkpoint is None or checkpoint.inputs is None:
        return None
    files = {path: expected.get(path) for path in checkpoint.inputs}
    others = [path for path, file in files.items() if file and file.md5 != checkpoint.inputs[path]]
    return None if others else checkpoint


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
