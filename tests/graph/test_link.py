"""Examples; ``tests/laws`` has the laws."""

from __future__ import annotations

import pytest
from attrs import evolve

from banc.config.data import Digits
from banc.graph.graph import Graph, PlacedStage
from banc.graph.link import link
from banc.stage.address import address
from banc.stage.index import Use
from banc.stage.kinds import Data
from banc.stage.layout import Layout


def graph(spec: str) -> Graph:
    stage = Data(Digits())
    layout = Layout(spec, spec, rows=(), columns=(), scores={}, published={}, seeds=1)
    linked = PlacedStage(stage, "digits", (), frozenset({Use(spec)}))
    return Graph({address(stage): linked}, {spec: layout}, {spec: f"spec/{spec}.toml"})


def test_a_shared_stage_stands_once_with_both_uses() -> None:
    both = link([graph("one"), graph("two")])
    (linked,) = both.stages.values()
    assert linked.uses == {Use("one"), Use("two")}
    assert linked.names == ("data",)
    assert list(both.layouts) == list(both.paths) == ["one", "two"]


def test_nothing_linked_is_nothing() -> None:
    assert link([]) == Graph({}, {}, {})


def test_two_different_specs_of_one_name_are_our_fault() -> None:
    one = graph("one")
    other = evolve(one, layouts={"one": evolve(one.layouts["one"], title="other")})
    with pytest.raises(AssertionError):
        link([one, other])
