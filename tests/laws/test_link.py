"""Specs that are linked share stages, whatever their order."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given
from laws_specs import LAWS, Doc, Workbench, docs, identities

from banc.emit.emit import emit
from banc.graph.link import link


@LAWS
@given(first=docs(), second=docs(), third=docs())
def test_linking_is_commutative_associative_and_idempotent(
    bench: Workbench, first: Doc, second: Doc, third: Doc
) -> None:
    graphs = [bench.graph(doc, name) for doc, name in ((first, "a"), (second, "b"), (third, "c"))]
    a, b, c = graphs
    together = link(graphs)
    orders = [link(order) for order in permutations(graphs)]
    assert all(order == together for order in orders)
    assert link([link([a, b]), c]) == link([a, link([b, c])]) == together
    assert link([together, together]) == link([together]) == link([*graphs, b]) == together
    texts = [list(emit(order).items()) for order in orders]
    assert all(text == texts[0] for text in texts)


@LAWS
@given(first=docs(), second=docs())
def test_a_stage_of_two_specs_is_the_stage_of_each(bench: Workbench, first: Doc, second: Doc) -> None:
    a, b = bench.graph(first, "a"), bench.graph(second, "b")
    both = link([a, b])
    assert identities(both) == identities(a) | identities(b)
    for address, linked in both.stages.items():
        alone = [graph.stages[address] for graph in (a, b) if address in graph.stages]
        assert linked.uses == frozenset().union(*(placed.uses for placed in alone))
