"""``banc report --checklist``: reads what the paragraphs are written from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from banc.digest import Json

if TYPE_CHECKING:
    from banc.compiler import SpecGraph
    from banc.graph.graph import Graph


def report_checklist(root: Path, spec: SpecGraph) -> str:
    """The paragraphs for one spec.

    Raises:
        BancError: a file with metrics is damaged.
    """
    from banc.cli.show_checklist import Facts, checklist
    from banc.report.report import filled
    from banc.stage.energy import energies
    from banc.state.timings import timings

    known = timings(root)
    drew = energies(known.every)
    graph, layout = spec.graph, spec.layout
    (table,) = filled(root, [layout])
    of_graph = {address: timing for address, timing in known.latest.items() if address in graph.stages}
    return checklist(
        Facts(graph.paths[layout.spec], graph, table, of_graph, drew, list(_made_with(root, graph)))
    )


def _made_with(root: Path, graph: Graph) -> Iterator[Mapping[str, Json]]:
    """What each network that is here says that it was made with. One that cannot be read says nothing."""
    from banc.stage.files import FACTS, folder
    from banc.stage.kinds import NETWORKS

    for address, linked in graph.stages.items():
        if linked.stage.KIND in NETWORKS:
            try:
                facts = json.loads((root / folder(address) / FACTS).read_text(encoding="utf-8"))
            except (OSError, ValueError, RecursionError):
                continue
            if isinstance(facts, dict) and isinstance(made := facts.get("made_with"), dict):
                yield made
