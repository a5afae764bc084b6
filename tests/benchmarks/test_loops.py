"""One job by banc's loop and by the loop that a careful person writes: an epoch of a born-again student.

Student and frozen teacher are of one architecture, the objective is ``ban-l``, the images are
CIFAR-shaped and without meaning; everybody has one thread. banc is measured as a whole stage, which also
reads and pads the images, builds the networks, checkpoints and publishes. Of the plain loop only the
epoch is: images, networks and loader are there already. Process start and imports are in neither.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from attrs import evolve
from numpy.typing import NDArray
from PIL import Image
from pytest_benchmark.fixture import BenchmarkFixture
from rich.console import Console
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from banc.config.data import Digits
from banc.config.image import ImageShape
from banc.config.model import DenseNetBC, Model, WideResNet
from banc.config.objective import OBJECTIVES
from banc.config.recipe import PRESETS
from banc.models.build import build
from banc.runner.execute import execute
from banc.runner.weights import save_weights
from banc.stage import files
from banc.stage.address import address
from banc.stage.kinds import Address, Data, Predict, Stage, Train

SHAPE = ImageShape(channels=3, height=32, width=32, classes=100)
IMAGES, BATCH, ROUNDS = 512, 64, 3
MEAN, STD = [0.5] * 3, [0.25] * 3
RECIPE = evolve(PRESETS["densenet"], epochs=1, batch=BATCH)
MODELS: tuple[Model, ...] = (DenseNetBC(22, 12), WideResNet(16, 2))

for_each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.slug)


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("BANC_THREADS", "1")
    monkeypatch.setenv("BANC_DEVICE", "cpu")
    before, mode = torch.get_num_threads(), torch.get_deterministic_debug_mode()
    torch.set_num_threads(1)
    # What a stage before this one has set would not be set in a plain program.
    torch.set_deterministic_debug_mode("default")
    yield
    torch.set_num_threads(before)
    torch.set_deterministic_debug_mode(mode)


@for_each_model
@pytest.mark.parametrize("outputs", ["stored", "live"])
def test_banc(benchmark: BenchmarkFixture, tmp_path: Path, model: Model, outputs: str) -> None:
    """A train stage in a workspace of its own, its teacher's outputs stored or computed beside it."""
    data = write_data(tmp_path)
    teacher = Train(model, RECIPE, OBJECTIVES["labels"], 0, data)
    trained = link(tmp_path, teacher)
    student = evolve(teacher, objective=OBJECTIVES["ban-l"], seed=1)
    if outputs == "live":
        save_weights(build(model, SHAPE), tmp_path / files.folder(teacher) / files.MODEL)
        student = evolve(student, teachers=(trained,))
    else:
        store = Predict(RECIPE.augment, data, trained)
        logits = torch.randn(IMAGES, RECIPE.augment.views, SHAPE.classes)
        halves = torch.log_softmax(logits, 2).half().numpy()
        student = evolve(student, teacher_outputs=(link(tmp_path, store),))
        np.save(tmp_path / files.folder(store) / files.OUTPUTS, halves)
    name, console = link(tmp_path, student), Console(file=io.StringIO())
    measure(benchmark, model, lambda: execute(tmp_path, student, name, console))
    assert (tmp_path / files.folder(student) / files.MODEL).is_file()


@for_each_model
@pytest.mark.parametrize("workers", [0, 1])
def test_plain(benchmark: BenchmarkFixture, model: Model, workers: int) -> None:
    """DataLoader, torchvision's transforms, ``loss.item()``. A worker is a second process and core."""
    loader = DataLoader(
        Images(*random_images(IMAGES)),
        BATCH,
        shuffle=True,
        num_workers=workers,
        persistent_workers=workers > 0,
    )
    student, teacher = build(model, SHAPE), build(model, SHAPE)
    optimizer = torch.optim.SGD(
        student.parameters(),
        lr=RECIPE.learning_rate,
        momentum=RECIPE.momentum,
        nesterov=RECIPE.nesterov,
        weight_decay=RECIPE.weight_decay,
    )
    measure(benchmark, model, lambda: plain_epoch(student, teacher, optimizer, loader))


def plain_epoch(
    student: nn.Module,
    teacher: nn.Module,
    optimizer: torch.optim.Optimizer,
    loader: DataLoader[tuple[Tensor, int]],
) -> float:
    """The mean loss."""
    student.train()
    teacher.eval()
    running = 0.0
    for images, labels in loader:
        with torch.no_grad():
            soft = teacher(images).softmax(1)
        logits = student(images)
        loss = cross_entropy(logits, labels) + cross_entropy(logits, soft)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        running += loss.item()
    return running / len(loader)


class Images(Dataset[tuple[Tensor, int]]):
    """Images in memory, one at a time through PIL, as torchvision's CIFAR does it."""

    def __init__(self, images: NDArray[np.uint8], labels: NDArray[np.int64]) -> None:
        self._images = images.transpose(0, 2, 3, 1).copy()
        self._labels = labels.tolist()
        self._transform = transforms.Compose(
            [
                transforms.Pad(RECIPE.augment.pad, padding_mode="reflect"),
                transforms.RandomCrop(SHAPE.height),
                transforms.RandomHorizontalFlip(),
                transforms.ToTensor(),
                transforms.Normalize(MEAN, STD),
            ]
        )

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self._transform(Image.fromarray(self._images[index])), self._labels[index]


def measure(benchmark: BenchmarkFixture, model: Model, epoch: Callable[[], object]) -> None:
    benchmark.group = f"{model.slug}, {IMAGES} images"
    benchmark.pedantic(epoch, warmup_rounds=1, rounds=ROUNDS)
    stats = benchmark.stats.stats
    benchmark.extra_info["images_per_second"] = round(IMAGES / stats.median)
    benchmark.extra_info["images_per_second_at_best"] = round(IMAGES / stats.min)


def random_images(number: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    rng = np.random.default_rng(0)
    shape = (number, SHAPE.channels, SHAPE.height, SHAPE.width)
    return rng.integers(256, size=shape, dtype=np.uint8), rng.integers(SHAPE.classes, size=number)


def write_data(root: Path) -> Address:
    """Files as a data stage writes them. Which one it claims to be does not matter here."""
    where = address(Data(Digits(train=IMAGES)))
    folder = root / files.folder(where)
    folder.mkdir(parents=True)
    # The test set is small: the plain loop has none.
    for names, number in ((files.ARRAYS[:2], IMAGES), (files.ARRAYS[2:], 10)):
        for name, array in zip(names, random_images(number), strict=True):
            np.save(folder / name, array)
    facts = {"classes": list(range(SHAPE.classes)), "mean": MEAN, "std": STD}
    (folder / files.DATA).write_text(json.dumps(facts))
    return where


def link(root: Path, stage: Stage) -> Address:
    path = root / "pipelines/x" / f"{address(stage)}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(files.stage_text(stage))
    (root / files.folder(stage)).mkdir(parents=True, exist_ok=True)
    return address(stage)
