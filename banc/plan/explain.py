"""Why a stage runs.

In: a stage that DVC will run, and what is known of it. Out: the reason that a person would give: its own
first (command, fields, revision, files), and where it has none of its own, the first stage upstream that has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import get_args

from banc.graph.graph import Graph
from banc.plan.asked import Asked
from banc.plan.decide import Inputs, Known
from banc.plan.fields import changes, reads
from banc.plan.nearest import Nearest, Recorded
from banc.plan.reason import (
    CommandChanged,
    FieldsChanged,
    InputChanged,
    InputMissing,
    InputsChanged,
    Lost,
    NeverRun,
    OutputLost,
    Reason,
    RecordMissing,
    Upstream,
)
from banc.plan.revised import revised
from banc.plan.step import Action, Keep, Restore, Run, Wait
from banc.stage.kinds import Address, Table
from banc.state.state import Entry, State


class Causes:
    """What explains a plan: the graph, and what ran before."""

    def __init__(self, graph: Graph, state: State) -> None:
        """Nothing is asked yet."""
        self._graph = graph
        self._nearest = Nearest(_unlinked(graph, state))

    def why(
        self,
        stage: Asked,
        known: Known,
        inputs: Inputs,
        upstream: tuple[Address, ...],
        actions: Mapping[Address, Action],
    ) -> Reason:
        """Why ``stage`` runs. To be asked of inputs before what reads them."""
        for path, file in inputs.items():
            if file is not None and file.md5 is None:
                return InputMissing(path)
        if known.entry is not None:
            return _of_its_record(stage, known, known.entry, inputs, upstream, actions)
        linked = self._graph.stages[stage.address].stage
        recorded = None if isinstance(linked, Table) else self._nearest.to(stage.address, stage.parameters)
        if recorded is not None:
            differ = changes(recorded.parameters, stage.parameters)
            if differ:
                return FieldsChanged(recorded.address, differ)
            revision = revised(linked, recorded)
            if revision is not None:
                return revision
            return _of_other_inputs(stage, recorded.address, recorded.parameters, actions)
        if known.outputs:
            return RecordMissing()
        return NeverRun()


def _of_its_record(
    stage: Asked,
    known: Known,
    entry: Entry,
    inputs: Inputs,
    upstream: tuple[Address, ...],
    actions: Mapping[Address, Action],
) -> Reason:
    if entry.command != stage.command:
        return CommandChanged(entry.command, stage.command)
    recorded = entry.parameters.get(stage.parameter_file)
    if recorded is None:
        return RecordMissing()
    if recorded != stage.parameters:
        differ = changes(recorded, stage.parameters)
        if differ:
            return FieldsChanged(stage.address, differ)
        return _of_other_inputs(stage, stage.address, recorded, actions)
    for path, file in inputs.items():
        then = entry.inputs.get(path)
        if then is None or then.md5 is None or (file is not None and then.md5 != file.md5):
            return InputChanged(path)
    lost = {path: _lost(stage, known, entry, path) for path in stage.outputs}
    for how in get_args(Lost):
        paths = tuple(path for path in stage.outputs if lost[path] == how)
        if paths:
            return OutputLost(paths, how)
    first = _first(upstream, actions)
    assert first is not None, stage.address
    return Upstream(first)


def _lost(stage: Asked, known: Known, entry: Entry, path: str) -> Lost | None:
    then, now = entry.outputs.get(path), known.outputs.get(path)
    if then is None or then.md5 is None:
        return "not recorded"
    if now is None:
        return "missing"
    if now.md5 != then.md5:
        return "edited"
    if stage.cached and not known.cached(then.md5):
        return "not in cache"
    return None


def _of_other_inputs(
    stage: Asked, than: Address, recorded: Mapping[str, object], actions: Mapping[Address, Action]
) -> Reason:
    """It reads other stages than ``recorded`` did: because one of them runs, or because a person said so."""
    before, now = reads(recorded), reads(stage.parameters)
    for role, addresses in now.items():
        added = tuple(Address(parent) for parent in addresses if parent not in before.get(role, ()))
        removed = tuple(Address(parent) for parent in before.get(role, ()) if parent not in addresses)
        first = _first(added, actions)
        if first is not None:
            return Upstream(first)
        if added or removed:
            return InputsChanged(than, role, added, removed)
    # Nothing differs but what cannot be read from parameters; its inputs ran again under their addresses.
    return NeverRun()


def _first(addresses: tuple[Address, ...], actions: Mapping[Address, Action]) -> Address | None:
    """The first cause among ``addresses``: the first that runs, or what that one follows from."""
    for address in addresses:
        match actions[address]:
            case Run(Upstream(first)):
                return first
            case Run():
                return address
            case Keep() | Restore() | Wait():
                pass
    return None


def _unlinked(graph: Graph, state: State) -> Iterator[Recorded]:
    """What ran and is no longer linked."""
    seen = set()
    for lock in state.locks.values():
        for address, entry in lock.items():
            parameters = next(iter(entry.parameters.values()), None)
            if parameters and address not in graph.stages and address not in seen:
                seen.add(address)
                yield Recorded(address, parameters)
