from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from banc.compiler import compile_specs
from banc.config.data import Digits
from banc.graph.graph import Graph, PlacedStage
from banc.plan.plan import plan
from banc.plan.step import Keep
from banc.read_state import read_state
from banc.stage.address import address
from banc.stage.kinds import Data

SPEC = """
banc = 1
title = "T"
data = { set = "digits", train = 20 }
seeds = [0]
recipe = { epochs = 2, batch = 10, augment = { pad = 0, flip = false } }
[models]
m = { family = "densenet-bc", depth = 10, growth = 2 }
[lineages]
ban = { models = "m", generations = 1 }
[table]
rows = "m"
columns = ["teacher", "ban-1"]
"""


@pytest.fixture
def finished(tmp_path: Path, tests_module: Callable[[str], Any]) -> Graph:
    """Of a workspace in ``tmp_path`` in which everything ran."""
    (tmp_path / ".dvc").mkdir()
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec/t.toml").write_text(SPEC)
    compiled = compile_specs(tmp_path, [tmp_path / "spec/t.toml"])
    tests_module("plan/finished.py").finish(tmp_path, compiled)
    return compiled.graph


def test_a_file_of_weights_is_known(tmp_path: Path) -> None:
    """Without it, a plan would take an import for one whose file is gone."""
    data = Data(Digits(train=20))
    placed = PlacedStage(data, "g", ("data",), files=frozenset({"weights/a.pt"}))
    graph = Graph({address(data): placed}, {}, {})
    assert "weights/a.pt" not in read_state(tmp_path, graph).files
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights/a.pt").write_text("abc")
    assert read_state(tmp_path, graph).files["weights/a.pt"].size == 3


def test_runs_that_a_plan_hangs_on_are_read_and_others_on_demand(tmp_path: Path, finished: Graph) -> None:
    state = read_state(tmp_path, finished)
    assert all(isinstance(step.action, Keep) for step in plan(finished, state).steps)
    assert state.runs == {}
    cached = {name for name in finished.stages if not name.startswith("table-")}
    whole = read_state(tmp_path, finished, all_runs=True)
    assert whole.runs.keys() == cached
    assert evolve(whole, runs={}, cached=state.cached, disk=state.disk) == state
    (data,) = (name for name in cached if name.startswith("data-"))
    (tmp_path / f"pipelines/{finished.stages[data].group}/dvc.lock").unlink()
    assert data in read_state(tmp_path, finished).runs


def test_facts_are_read_of_the_stages_that_are_named(tmp_path: Path, finished: Graph) -> None:
    trained = sorted(name for name in finished.stages if name.startswith("train-"))
    for name in trained:
        (tmp_path / f"runs/{name}/model.json").write_text('{"parameters": 7, "made_with": {}}')
    state = read_state(tmp_path, finished, facts_of=trained[:1])
    assert state.facts.keys() == {f"runs/{trained[0]}/model.json"}
