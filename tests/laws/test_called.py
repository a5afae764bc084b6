"""No two stages have one name, whatever is linked; and a name is short wherever that tells it apart."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws_specs import LAWS, Doc, Workbench, docs
from laws_whole_specs import whole_docs

from banc.compiler import graph_of
from banc.emit.emit import index_of
from banc.graph.graph import Graph
from banc.graph.link import link
from banc.graph.linked import linked
from banc.language.load import load
from banc.stage.index import INDEX, index_text, read_index, short_names
from banc.stage.names import label

DOCS = st.one_of(docs(), whole_docs())


def assert_told_apart(graph: Graph, root: Path) -> None:
    stages = graph.stages
    names = Counter(name for placed in stages.values() for name in placed.names)
    assert set(names.values()) == {1}, [name for name, number in names.items() if number > 1]
    short = {address: short_names(placed.stage.KIND, placed.uses) for address, placed in stages.items()}
    owners = Counter(name for several in short.values() for name in several)
    for address, placed in stages.items():
        kept = [name for name in short[address] if owners[name] == 1]
        assert [name for name in placed.names if name in short[address]] == kept
    # Whoever reads the index calls them the same.
    (root / INDEX).parent.mkdir(exist_ok=True)
    (root / INDEX).write_text(index_text(index_of(graph)))
    index = read_index(root)
    assert linked(index, {address: placed.stage for address, placed in stages.items()}).stages == stages
    assert len({label(index, address) for address in stages}) == len(stages)


@LAWS
@given(doc=whole_docs())
def test_in_one_spec(bench: Workbench, doc: Doc) -> None:
    assert_told_apart(bench.graph(doc), bench.root)


@LAWS
@given(first=DOCS, second=DOCS)
def test_in_two_specs(bench: Workbench, first: Doc, second: Doc) -> None:
    assert_told_apart(link([bench.graph(first, "a"), bench.graph(second, "b")]), bench.root)


@pytest.mark.parametrize("smoke", [False, True])
def test_in_all_specs_of_the_repository(checkout: Path, tmp_path: Path, smoke: bool) -> None:
    paths = sorted((checkout / "spec").glob("*.toml"))
    graph = link([graph_of(checkout, load(path), smoke=smoke) for path in paths])
    assert_told_apart(graph, tmp_path)
    # Nothing is said twice in a spec alone: there, names are short.
    (one,) = (graph_of(checkout, load(path), smoke=smoke) for path in paths if path.stem == "quickstart")
    assert "names" not in json.dumps(index_text(index_of(one)))
