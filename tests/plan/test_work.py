"""What is left to do, by arithmetic; and bytes, against files that were really written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from banc.compiler import compile_specs
from banc.config.model import DenseNetBC, WideResNet
from banc.graph.graph import Graph
from banc.models.build import build
from banc.plan.plan import plan
from banc.plan.step import Plan
from banc.plan.work import Work, work
from banc.runner.files.network_file import Description, save_network
from banc.state.read import read
from banc.state.state import Checkpoint

SPEC = """
banc = 1
title = "T"
data = { set = "digits", train = 100 }
seeds = [0]
recipe = { epochs = 6, batch = 30, augment = { pad = 1, flip = false } }
[models]
dense = { family = "densenet-bc", depth = 10, growth = 2 }

[lineages]
ban = { models = "dense", generations = 1, teacher_outputs = "STORED" }
[table]
rows = "dense"
columns = ["teacher", "ban-1"]
"""


@pytest.fixture
def planned(tmp_path: Path) -> Callable[..., tuple[Plan, Graph]]:
    def of(spec: str) -> tuple[Plan, Graph]:
        (tmp_path / ".dvc").mkdir(exist_ok=True)
        path = tmp_path / "t.toml"
        path.write_text(spec)
        graph = compile_specs(tmp_path, [path]).graph
        return plan(
            graph, read(tmp_path, {address: placed.stage for address, placed in graph.stages.items()})
        ), graph

    return of


def by_kind(found: dict[Any, Work], kind: str) -> list[Work]:
    return [each for each in found.values() if each.kind == kind]


def test_a_student_of_stored_outputs_costs_its_own_passes(planned: Any) -> None:
    made, graph = planned(SPEC.replace("STORED", "stored"))
    found = work(made, graph)
    assert list(found) == [step.address for step in made.steps]
    for training in by_kind(found, "train"):
        assert (training.trained, training.tested, training.live) == (600, 1697, ())
        assert training.network is not None and training.network.slug == "densenet-bc-10-2"
    (store,) = by_kind(found, "predict")
    assert (store.passed, store.writes) == (900, 128 + 900 * 10 * 2 + 1000)


def test_a_live_teacher_is_asked_too(planned: Any) -> None:
    made, graph = planned(SPEC.replace("STORED", "live"))
    found = work(made, graph)
    assert by_kind(found, "predict") == []
    teacher, student = by_kind(found, "train")
    assert student.live == (teacher.network,)


def test_a_checkpoint_takes_off_what_is_done(planned: Any) -> None:
    made, graph = planned(SPEC.replace("STORED", "stored"))
    steps = tuple(
        attrs.evolve(step, checkpoint=Checkpoint(2, 3) if step.kind == "train" else Checkpoint(256))
        if step.kind in ("train", "predict")
        else step
        for step in made.steps
    )
    found = work(attrs.evolve(made, steps=steps), graph)
    assert {training.trained for training in by_kind(found, "train")} == {600 - 2 * 100 - 3 * 30}
    assert by_kind(found, "predict")[0].passed == 900 - 256


def test_what_runs_no_more_costs_nothing(finished: Any) -> None:
    graph = compile_specs(finished.root, finished.specs()).graph
    assert work(finished.plan(), graph) == {}


@pytest.mark.parametrize("model", [DenseNetBC(40, 12), WideResNet(16, 4)])
def test_bytes_of_weights_are_those_of_the_file(planned: Any, tmp_path: Path, model: Any) -> None:
    """Within 2 %: names and running statistics are counted by layers."""
    text = SPEC.replace("STORED", "live")
    if isinstance(model, WideResNet):
        text = text.replace(
            '"densenet-bc", depth = 10, growth = 2', '"wide-resnet", depth = 16, widening = 4'
        )
    else:
        text = text.replace("depth = 10, growth = 2", "depth = 40, growth = 12")
    made, graph = planned(text)
    training = by_kind(work(made, graph), "train")[0]
    data = next(stage.stage for stage in graph.stages.values() if stage.stage.KIND == "data")
    shape = data.source.shape
    save_network(build(model, shape), Description(model, shape, "float32", True), tmp_path / "w")
    np.save(tmp_path / "o.npy", np.zeros((1697, 10), dtype=np.float32))
    there = (tmp_path / "w").stat().st_size + (tmp_path / "o.npy").stat().st_size
    assert training.writes == pytest.approx(there, rel=0.02)
