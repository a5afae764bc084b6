"""What is said to hang on a stage is what the real ``dvc repro`` then runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from banc.compiler import compile_specs
from banc.graph.graph import Graph
from banc.plan.plan import plan
from banc.provenance.below import below
from banc.provenance.subject import changeable, find_subject
from banc.stage.kinds import Address
from banc.state.read import read

Workspace = Any
Explained = Any


@pytest.fixture
def workspace(_ran: Workspace, copy_of: Callable[[Workspace], Workspace]) -> Workspace:
    return copy_of(_ran)


@pytest.fixture(scope="module")
def _ran(new_workspace: Callable[[str], Workspace]) -> Workspace:
    """In which the real DVC ran; the stages' bytes are made up, and so cost nothing."""
    made = new_workspace("stand-in")
    (made.root / "spec/t.toml").write_text(
        'banc = 1\ntitle = "T"\ndata = { set = "digits", train = 20 }\nseeds = [0]\n'
        "recipe = { epochs = 2, batch = 10, augment = { pad = 0, flip = false } }\n"
        '[models]\ndense = { family = "densenet-bc", depth = 10, growth = 2 }\n'
        '[lineages.ban]\nmodels = "dense"\ngenerations = 2\n'
        '[ensembles]\npair = { of = "dense", members = ["teacher", "ban-2"] }\n'
        '[table]\nrows = "dense"\ncolumns = ["teacher", "ban-1", "ban-2", "pair"]\n'
    )
    made.compile()
    assert set(made.repro().values()) == {"ran"}
    return made


def graph_of(made: Workspace) -> Graph:
    return compile_specs(made.root, made.specs()).graph


def forward(made: Workspace, graph: Graph, name: str) -> set[Address]:
    """The stages that ``name`` may change in, and all that hang on them."""
    state = read(made.root, {address: placed.stage for address, placed in graph.stages.items()})
    found = below(graph, plan(graph, state), changeable(graph, find_subject(graph, name)))
    return {*found.of, *(step.address for step in found.steps)}


def names(graph: Graph, addresses: Iterable[str]) -> set[tuple[str, ...]]:
    """What people call stages: a changed one has another address."""
    return {tuple(sorted(graph.stages[Address(address)].names)) for address in addresses}


def ran(did: dict[str, str]) -> set[str]:
    return {address for address, what in did.items() if what == "ran"}


def test_of_a_changed_field(workspace: Workspace) -> None:
    path: Path = workspace.root / "spec/t.toml"
    before = graph_of(workspace)
    told = names(before, forward(workspace, before, "dense/ban-1"))
    said = path.read_text()
    path.write_text(said.replace('models = "dense"\n', 'models = "dense"\nobjective = "ban"\n'))
    workspace.compile()
    now = graph_of(workspace)
    assert names(now, ran(workspace.repro())) == told
    assert ("dense teacher seed 0",) not in told
    assert ("dense ban-2 seed 0",) in told


def test_of_other_bytes(workspace: Workspace) -> None:
    """A teacher trains again, on another machine."""
    graph = graph_of(workspace)
    told = forward(workspace, graph, "dense/teacher")
    (teacher,) = (stage for stage in graph.stages if stage.startswith("train-") and "-labels-" in stage)
    state = read(workspace.root, {address: placed.stage for address, placed in graph.stages.items()})
    weights = f"runs/{teacher}/model.safetensors"
    md5 = state.files[weights].md5
    assert md5 is not None
    (workspace.root / ".dvc/cache/files/md5" / md5[:2] / md5[2:]).unlink()
    (workspace.root / weights).unlink()
    (workspace.root / "machine").write_text("another")
    assert ran(workspace.repro()) == told
    assert not any(address.startswith("data-") for address in told)


def test_counts_and_tables(explained: Explained) -> None:
    found = explained.explain("dense/ban-2").below
    assert [step.kind for step in found.steps] == ["score"] * 4 + ["table"]
    assert found.tables == ("t",)
    assert explained.explain("table-t").below.steps == ()
    (data,) = (stage for stage in explained.graph().stages if stage.startswith("data-"))
    assert len(explained.explain(data).below.steps) == len(explained.graph().stages) - 1
