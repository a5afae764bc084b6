"""Graph, Plan, State -> what is there already, what DVC's cache has, what ran unrecorded, and what must run.

In: a plan and the state it was made of. Out: addresses, and of what DVC's cache has the entry. A pure
function. A plan says ``wait`` or ``run`` of what hangs on a stage that runs; of a stage that turns out to
have run already, unrecorded, this goes on and decides about those too, as ``engine.attendant`` does.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import Factory, frozen

from banc.graph.graph import Graph
from banc.plan.asked import Asked, asked
from banc.plan.decide import Changed, Kept, Restored, Unknown, decide
from banc.plan.decisions import known_of
from banc.plan.step import Keep, Plan
from banc.stage.files import parents
from banc.stage.kinds import Address, Table
from banc.state.state import Entry, File, State


@frozen
class Found:
    """It ran, and DVC has not been told."""


@frozen
class Needed:
    """Its command has to run."""


Verdict = Kept | Restored | Found | Needed


def verdict(stage: Asked, state: State, read: Mapping[str, File]) -> Verdict:
    """What is to be done about a stage whose inputs are as ``read``; a missing one has no MD5."""
    decision = decide(stage, known_of(stage, state), read)
    match decision:
        case Kept() | Restored():
            return decision
        case Changed() | Unknown():
            noted = state.unrecorded.get(stage.address)
            same = noted is not None and noted == {path: file.md5 for path, file in read.items() if file.md5}
            return Found() if same else Needed()


@frozen
class Settled:
    """All stages of a plan, each in one place, inputs before what reads them."""

    restore: dict[Address, Entry] = Factory(dict)
    found: list[Address] = Factory(list)
    needed: list[Address] = Factory(list)
    """Also those that can be decided only when others have run."""
    tables: list[Address] = Factory(list)
    """That are not as recorded, or may not be when all has run."""
    kept: list[Address] = Factory(list)


def settle(graph: Graph, plan: Plan, state: State) -> Settled:
    """What is to be done about every stage of ``plan``."""
    settled, later = Settled(), set[Address]()
    files: dict[str, File] = {}
    for step in plan.steps:
        address, linked = step.address, graph.stages[step.address]
        stage = asked(address, linked)
        if isinstance(step.action, Keep):
            settled.kept.append(address)
        elif isinstance(linked.stage, Table):
            settled.tables.append(address)
        elif not later.isdisjoint(parents(linked.stage)):
            settled.needed.append(address)
            later.add(address)
        else:
            read = {path: files.get(path) or state.files.get(path, File(None)) for path in stage.inputs}
            match verdict(stage, state, read):
                case Kept():
                    settled.kept.append(address)
                case Restored(entry):
                    settled.restore[address] = entry
                    files |= {path: entry.outputs[path] for path in stage.outputs}
                case Found():
                    settled.found.append(address)
                case Needed():
                    settled.needed.append(address)
                    later.add(address)
    return settled
