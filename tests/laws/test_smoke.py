"""A smoke run has the stages of the spec: what are two there are two here, and what is one is one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws_specs import LAWS, Doc, Workbench, docs
from laws_whole_specs import whole_docs

from banc.graph.expand import expand
from banc.graph.graph import Graph
from banc.graph.lower import lower
from banc.language.load import load
from banc.language.smoke import smoke
from banc.language.spec import Spec
from banc.stage.files import inputs
from banc.stage.kinds import Import, Stage, Train


def shape(graph: Graph) -> Counter[object]:
    """Each stage by what it is called, and by what its inputs are called."""
    names = {address: frozenset(placed.uses) for address, placed in graph.stages.items()}
    kinds = {Import.KIND: Train.KIND}  # a small training stands for a network from elsewhere
    return Counter(
        (
            kinds.get(placed.stage.KIND, placed.stage.KIND),
            names[address],
            frozenset(names[above] for above in _above(placed.stage)),
        )
        for address, placed in graph.stages.items()
    )


def _above(stage: Stage) -> list[str]:
    return [address for several in inputs(stage).values() for address in several]


def assert_kept(spec: Spec) -> None:
    small = smoke(spec)
    real = attrs.evolve(spec, seeds=small.seeds)
    tiny = lower(expand(small, "x"), "x.toml")
    assert shape(tiny) == shape(lower(expand(real, "x"), "x.toml"))
    assert all(model.misfit(small.data.shape) is None for model in small.models.values())


@LAWS
@given(doc=st.one_of(docs(), whole_docs()))
def test_of_made_up_specs(bench: Workbench, doc: Doc) -> None:
    assert_kept(bench.load(doc).spec)


@pytest.mark.parametrize(
    "path", sorted(Path(__file__).parents[2].glob("spec/*.toml")), ids=lambda path: path.stem
)
def test_of_the_specs_of_the_repository(path: Path) -> None:
    assert_kept(load(path).spec)
