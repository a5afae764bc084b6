"""A plan that ``banc plan --out`` wrote, to be run as it is or not at all.

In: its file; later the graph and the state of which the plan would be made now. Out: a value, or an error
that says what has moved since.
"""

from __future__ import annotations

import json
from pathlib import Path

from attrs import frozen

from banc.errors import BancError, UsageError
from banc.graph.graph import Graph
from banc.plan.fresh import How, Moved, Snapshot, moved, saved_snapshot, snapshot
from banc.stage.index import Index
from banc.stage.names import label
from banc.state.state import State

NAMED = 5
"""Stages that have moved which the error names, at most."""

WORDS: dict[How, str] = {"added": "new", "removed": "no longer linked", "changed": "changed"}


@frozen
class SavedPlan:
    """What has to be the same when it is run."""

    path: str
    specs: tuple[str, ...]
    """Their files, relative to the workspace."""
    snapshot: Snapshot


def read_saved(path: Path) -> SavedPlan:
    """The plan in a file.

    Raises:
        UsageError: it is no plan that ``banc plan --out`` wrote.
        BancError: it cannot be read.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BancError(
            f"cannot read `{path}`: {(error.strerror or 'no reason given').lower()}",
            hint=f"`banc plan --out {path}` writes such a plan",
        ) from error
    except (ValueError, RecursionError):
        content = None
    then = saved_snapshot(content, str(path))
    return SavedPlan(str(path), tuple(map(str, content["specs"])), then)


def hold(plan: SavedPlan, graph: Graph, state: State, index: Index) -> None:
    """Returns, if nothing has moved.

    Args:
        graph: of the linked stages of the plan's specs.
        state: with all runs of DVC's run cache.

    Raises:
        UsageError: something has.
    """
    others = moved(plan.snapshot, snapshot(graph, state))
    if not others:
        return
    named = [_told(other, index) for other in others[:NAMED]]
    if others[NAMED:]:
        named.append(f"and {len(others) - NAMED} more")
    raise UsageError(
        f"`{plan.path}` no longer holds: {', '.join(named)}",
        hint=f"`banc plan --out {plan.path}` makes it anew; `banc repro` without `--plan` runs what is left",
    )


def _told(moved: Moved, index: Index) -> str:
    name = label(index, moved.address) if moved.address in index.stages else ""
    return f"{name or moved.address} ({WORDS[moved.how]})"
