"""Graph -> the runs in it: data sets, trainings and ensembles, each once, with their names."""

from __future__ import annotations

from graphlib import TopologicalSorter

from banc.diff.difference import Run
from banc.graph.graph import Graph
from banc.stage.files import parents
from banc.stage.index import Use, by_name
from banc.stage.kinds import Address, Data, Import, Predict, Score, Table, Train


def runs(graph: Graph) -> dict[Address, Run]:
    """Each run by its address, inputs before what reads them."""
    trained = {
        use
        for linked in graph.stages.values()
        if isinstance(linked.stage, Train | Import)
        for use in linked.uses
    }
    runs: dict[Address, Run] = {}
    for address in in_order(graph):
        linked = graph.stages[address]
        uses = tuple(sorted(linked.uses, key=by_name))
        match linked.stage:
            case Data():
                runs[address] = Run(address, "data", uses)
            case Train():
                runs[address] = Run(address, "train", uses)
            case Import():
                runs[address] = Run(address, "import", uses)
            case Score():
                # What is trained has a score, too, under the same name; what is left are ensembles.
                if ensembles := tuple(use for use in uses if use not in trained):
                    runs[address] = Run(address, "score", ensembles)
            case Predict() | Table():
                pass
    return runs


def in_order(graph: Graph) -> list[Address]:
    """Inputs before what reads them; the same order each time."""
    above = {address: sorted(parents(graph.stages[address].stage)) for address in sorted(graph.stages)}
    return list(TopologicalSorter(above).static_order())


def nameless(use: Use) -> Use:
    """Without its spec: of two specs, one on each side, runs with one name are compared."""
    return Use("", use.model, use.column, use.seed)
