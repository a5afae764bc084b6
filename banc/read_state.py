"""Workspace, Graph -> State: all that a plan of the graph hangs on.

In: a workspace, and a graph that is linked there or would be. Out: its state at that moment. Every command
that plans reads the state here, so that none can leave out what a plan needs: files of weights, and runs.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from pathlib import Path

from banc.graph.graph import Graph
from banc.plan.decisions import unsettled
from banc.stage.kinds import Address
from banc.state.read import read
from banc.state.state import State


def read_state(
    root: Path, graph: Graph, *, facts_of: Collection[Address] = (), all_runs: bool = False
) -> State:
    """The state of the workspace ``root``, as far as it concerns ``graph``.

    Args:
        facts_of: the stages of which it is asked, too, what they were made with.
        all_runs: reads every stage's runs in DVC's run cache, as a saved plan needs them. Otherwise only
            those that can change a plan are read.

    Raises:
        BancError: a lock is damaged, or a file cannot be read.
    """
    return read(
        root,
        {address: placed.stage for address, placed in graph.stages.items()},
        graph.weight_files,
        facts_of=facts_of,
        runs_of=None if all_runs else partial(unsettled, graph),
    )
