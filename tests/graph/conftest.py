"""Specs as text, and graphs of them, for tests of what is made of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from banc.graph.expand import expand
from banc.graph.graph import Graph, PlacedStage
from banc.graph.lower import lower
from banc.language.load import load
from banc.language.spec import Spec
from banc.stage.kinds import Address
from banc.stage.layout import Layout

HEAD = """
banc = 1
title = "A table"
data = "digits"
seeds = [3, 5]
recipe = { preset = "wide-resnet", epochs = 9, augment = { pad = 1, flip = false } }
[models]
a = { family = "densenet-bc", depth = 10, growth = 2 }
b = { family = "wide-resnet", depth = 10, widening = 1 }
c = { family = "densenet-bc", depth = 16, growth = 2 }
"""

ReadSpec = Callable[..., Spec]


@pytest.fixture
def read_spec(tmp_path: Path) -> ReadSpec:
    """``text`` below a head that declares two seeds, a recipe and the models ``a``, ``b`` and ``c``."""

    def read(text: str, head: str = HEAD) -> Spec:
        path = tmp_path / "spec.toml"
        path.write_text(head + text)
        return load(path).spec

    return read


@pytest.fixture
def lowered() -> Callable[[Spec], tuple[Graph, Layout]]:
    """The graph of a spec, whose file is `t.toml`, and the layout of its table."""

    def lowered(spec: Spec) -> tuple[Graph, Layout]:
        graph = lower(expand(spec, "t"), "spec/t.toml")
        return graph, graph.layouts["t"]

    return lowered


@pytest.fixture
def named() -> Callable[[Graph, str], tuple[Address, PlacedStage]]:
    """The one stage of a graph that people call so."""

    def named(graph: Graph, name: str) -> tuple[Address, PlacedStage]:
        ((address, placed),) = [stage for stage in graph.stages.items() if name in stage[1].names]
        return address, placed

    return named
