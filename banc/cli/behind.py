"""Whether what is linked is what the specs say by now: who runs or watches what is linked may not know.

In: a workspace and its state. Out: a sentence for people; nothing where specs have errors, since somebody is
at work on them.
"""

from __future__ import annotations

from pathlib import Path

from banc.state.state import State

BEHIND = "the generated files are not what the specs say: `banc compile` comes first"


def behind(root: Path, state: State) -> str:
    """``BEHIND``, or nothing where the linked specs are as they were when they were compiled."""
    from banc.cli.linked_specs import linked_specs
    from banc.compiler import graphs_of
    from banc.errors import BancError
    from banc.graph.link import link
    from banc.plan.stale import stale

    try:
        graphs = graphs_of(root, linked_specs(root))
    except BancError:
        return ""
    return BEHIND if stale(link([one.graph for one in graphs]), state) else ""
