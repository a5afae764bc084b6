"""The compiler trains what the manual says: pairs, controls, sweeps, an objective for each generation, one
teacher for all seeds, and exceptions, in any combination.
"""

from __future__ import annotations

from hypothesis import given
from laws_reading import Reading, compiled
from laws_specs import LAWS, Doc, Workbench
from laws_whole_specs import whole_docs

from banc.stage.kinds import Train


@LAWS
@given(doc=whole_docs())
def test_what_is_trained_is_what_the_manual_says(bench: Workbench, doc: Doc) -> None:
    graph = bench.graph(doc)
    said = Reading(doc).definitions()
    assert compiled(graph) == said
    # What is the same is one training, whoever declares it.
    assert sum(isinstance(placed.stage, Train) for placed in graph.stages.values()) == len(set(said.values()))
