"""Graph, State -> the generated files that are not what the specs say, so that ``banc compile`` comes first.

In: the graph that is to be made, and what there is. Out: paths. DVC does what the generated files say, and a
plan says what it would do if they were those of the specs.
"""

from __future__ import annotations

import hashlib

from banc.emit.emit import emit
from banc.graph.graph import Graph
from banc.state.state import State


def stale(graph: Graph, state: State) -> tuple[str, ...]:
    """The files that are missing, edited, or of stages that are no longer linked; sorted."""
    texts = emit(graph)
    return tuple(
        path
        for path in sorted(texts.keys() | state.generated.keys())
        if path not in texts or path not in state.generated or state.generated[path] != _md5(texts[path])
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
