"""What a training costs: an epoch of few steps, on labels, and on a teacher's outputs, stored or live.

CIFAR-shaped images without meaning, on one thread; the time of loading, building and saving is in it.
"""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from attrs import evolve
from pytest_benchmark.fixture import BenchmarkFixture
from rich.console import Console

from banc.config.data import Digits
from banc.config.image import ImageShape
from banc.config.model import DenseNetBC, Model, WideResNet
from banc.config.objective import OBJECTIVES
from banc.config.recipe import PRESETS
from banc.models.build import build
from banc.runner.checkpoints import Checkpoints
from banc.runner.execute import execute
from banc.runner.sgd import Sgd
from banc.runner.state import State
from banc.runner.weights import save_weights
from banc.stage import files
from banc.stage.address import address
from banc.stage.kinds import Address, Data, Predict, Stage, Train

SHAPE = ImageShape(channels=3, height=32, width=32, classes=100)
IMAGES, BATCH = 512, 64
RECIPE = evolve(PRESETS["densenet"], epochs=1, batch=BATCH)
MODELS: dict[str, Model] = {"densenet-bc": DenseNetBC(40, 12), "wide-resnet": WideResNet(16, 2)}


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANC_THREADS", "1")


@pytest.fixture
def data(tmp_path: Path) -> Address:
    """Files as a data stage writes them. Which one it claims to be does not matter here."""
    where = address(Data(Digits(train=IMAGES)))
    folder = tmp_path / files.folder(where)
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for name, number in zip(files.ARRAYS, (IMAGES, IMAGES, 10, 10), strict=True):
        shape = (number, SHAPE.channels, SHAPE.height, SHAPE.width)
        labels = rng.integers(SHAPE.classes, size=number)
        np.save(folder / name, rng.integers(256, size=shape, dtype=np.uint8) if "images" in name else labels)
    facts = {"classes": list(range(SHAPE.classes)), "mean": [0.5] * 3, "std": [0.25] * 3}
    (folder / files.DATA).write_text(json.dumps(facts))
    return where


def link(root: Path, stage: Stage) -> Address:
    path = root / "pipelines/x" / f"{address(stage)}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(files.stage_text(stage))
    (root / files.folder(stage)).mkdir(parents=True, exist_ok=True)
    return address(stage)


def measure(benchmark: BenchmarkFixture, root: Path, stage: Train) -> None:
    name = link(root, stage)
    console = Console(file=io.StringIO())
    benchmark.pedantic(execute, args=(root, stage, name, console), warmup_rounds=1, rounds=5)
    benchmark.extra_info["images_per_second"] = round(IMAGES / benchmark.stats.stats.median)


@pytest.mark.parametrize("model", MODELS)
def test_labels(benchmark: BenchmarkFixture, tmp_path: Path, data: Address, model: str) -> None:
    measure(benchmark, tmp_path, Train(MODELS[model], RECIPE, OBJECTIVES["labels"], 0, data))


@pytest.mark.parametrize("outputs", ["stored", "live"])
@pytest.mark.parametrize("model", MODELS)
def test_student(
    benchmark: BenchmarkFixture, tmp_path: Path, data: Address, model: str, outputs: str
) -> None:
    """A born-again student: its teacher has its own architecture."""
    teacher = Train(MODELS[model], RECIPE, OBJECTIVES["labels"], 0, data)
    trained = link(tmp_path, teacher)
    student = evolve(teacher, objective=OBJECTIVES["ban-l"], seed=1)
    if outputs == "live":
        save_weights(build(MODELS[model], SHAPE), tmp_path / files.folder(teacher) / files.MODEL)
        measure(benchmark, tmp_path, evolve(student, teachers=(trained,)))
        return
    store = Predict(RECIPE.augment, data, trained)
    student = evolve(student, teacher_outputs=(link(tmp_path, store),))
    logits = torch.randn(IMAGES, RECIPE.augment.views, SHAPE.classes)
    halves = torch.log_softmax(logits, 2).half().numpy()
    np.save(tmp_path / files.folder(store) / files.OUTPUTS, halves)
    measure(benchmark, tmp_path, student)


@pytest.mark.parametrize(
    "model", [WideResNet(10, 1), DenseNetBC(100, 12), WideResNet(28, 10)], ids=lambda model: model.slug
)
def test_checkpoint(benchmark: BenchmarkFixture, tmp_path: Path, model: Model) -> None:
    """One write of weights and momenta, to the disk and not only to its cache."""
    network = build(model, SHAPE)
    state = State(network, Sgd(network.parameters(), RECIPE), {})
    kept = Checkpoints(tmp_path, Address("train-a-000000000000"), print)
    steps = iter(range(1000))
    benchmark.pedantic(lambda: kept.save(next(steps), state.pack), warmup_rounds=1, rounds=5)
    benchmark.extra_info["bytes"] = len(state.pack())
