"""Whether a plan still holds: what it was made from, in digests, and what has moved since.

In: a graph and a state, when a plan is saved and again before it is followed. Out: the stages of which
something else is known by now. What only changes how long a plan takes (checkpoints, timings) is not in it,
nor whether the graph is linked already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from attrs import frozen

from banc.digest import Json, short_digest
from banc.errors import UsageError
from banc.graph.graph import Graph
from banc.plan.asked import Asked, asked
from banc.stage.kinds import Address
from banc.state.state import Entry, State

Snapshot = Mapping[Address, str]
"""A digest of all that DVC's decision about a stage hangs on, by the stage's address."""

How = Literal["added", "removed", "changed"]


@frozen
class Moved:
    """A stage that is no longer as the plan saw it."""

    address: Address
    how: How
    """``added``: the specs ask for it now; ``removed``: they no longer do; ``changed``: its outputs, what DVC
    recorded of it, or what DVC's cache holds of it are others."""


def snapshot(graph: Graph, state: State) -> Snapshot:
    """The snapshot of every stage of ``graph``."""
    return {
        address: short_digest(_known(asked(address, linked), state))
        for address, linked in graph.stages.items()
    }


def moved(then: Snapshot, now: Snapshot) -> tuple[Moved, ...]:
    """What has moved between two snapshots, sorted by address; nothing: the plan still holds."""

    def how(address: Address) -> How | None:
        if address not in then:
            return "added"
        if address not in now:
            return "removed"
        return None if then[address] == now[address] else "changed"

    return tuple(
        Moved(address, what) for address in sorted(then.keys() | now.keys()) if (what := how(address))
    )


def state_record(then: Snapshot) -> dict[str, Json]:
    """What a saved plan holds of it: a digest of all, and those of the stages."""
    return {"digest": short_digest(dict(then)), "stages": dict(then)}


def saved_snapshot(plan: Json, path: str) -> Snapshot:
    """The snapshot in a saved plan.

    Args:
        plan: what the file ``path`` holds, as JSON.

    Raises:
        UsageError: it is no plan that ``banc plan --out`` wrote, or somebody changed its digests.
    """
    state = plan.get("state") if isinstance(plan, dict) else None
    stages = state.get("stages") if isinstance(state, dict) else None
    if isinstance(stages, dict) and all(isinstance(name, str) for name in stages.values()):
        then = {Address(address): digest for address, digest in stages.items()}
        if state == state_record(then):
            return then
    raise UsageError(
        f"`{path}` is no plan that `banc plan --out` wrote", hint="make it again: `banc plan --out FILE`"
    )


def _known(stage: Asked, state: State) -> Json:
    files = [[path, *state.files[path]] for path in stage.outputs if path in state.files]
    entry = state.locks.get(stage.lock, {}).get(stage.address)
    # Of the stage itself what its address does not say: of a table, which has a name, its parameters.
    return [
        stage.command,
        stage.parameter_file,
        stage.parameters,
        files,
        None if entry is None else list(_entry(entry, state)),
        {key: list(_entry(run, state)) for key, run in state.runs.get(stage.address, {}).items()},
    ]


def _entry(entry: Entry, state: State) -> Iterator[Json]:
    yield [entry.command, entry.parameters]
    yield [[path, *file] for path, file in entry.inputs.items()]
    for path, file in entry.outputs.items():
        yield [path, *file, file.md5 in state.cached]
