"""Networks whose code is not banc's, really trained: same bytes each time, teachers like any other."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from banc.config.custom import FactoryNetwork, TorchvisionNetwork
from banc.config.data import Arrays
from banc.config.objective import OBJECTIVES, Labels, OwnObjective
from banc.config.recipe import Recipe
from banc.errors import BancError
from banc.stage import files
from banc.stage.kinds import Address, Data, Predict, Train

# Everything that asks for care: random numbers in `forward` that no module announces, a tensor under two
# names, a view that needs torch's own order of axes, and classes that look their module up.
FILE = """\
from __future__ import annotations
import dataclasses
import torch
from torch import nn


@dataclasses.dataclass
class Sizes:
    inner: int


class Net(nn.Module):
    def __init__(self, sizes, classes, pixels):
        super().__init__()
        self.first = nn.Linear(pixels, sizes.inner)
        self.second = nn.Linear(sizes.inner, sizes.inner)
        self.third = nn.Linear(sizes.inner, sizes.inner)
        self.third.weight = self.second.weight
        self.last = nn.Linear(sizes.inner, classes)

    def forward(self, x):
        x = self.first(x.view(len(x), -1)).relu()
        if self.training:
            x = x * (torch.rand_like(x) < 0.7)
        return self.last(self.third(self.second(x).relu()).relu())


def make(classes, channels, height, width, *, inner):
    return Net(Sizes(inner), classes, channels * height * width)
"""


@pytest.fixture
def mine(workspace: Any) -> FactoryNetwork:
    (workspace.root / "networks").mkdir()
    (workspace.root / "networks/mine.py").write_text(FILE)
    return FactoryNetwork(
        "networks/mine.py", "make", hashlib.sha256(FILE.encode()).hexdigest(), {"inner": 12}
    )


def test_a_persons_network_is_trained_to_the_same_bytes(
    workspace: Any, data: Address, recipe: Recipe, mine: FactoryNetwork
) -> None:
    stage = Train(mine, recipe, Labels(), seed=3, data=data)
    workspace.run(stage)
    first = workspace.outputs(stage)
    workspace.run(stage)
    assert workspace.outputs(stage) == first
    facts = json.loads(first[files.FACTS])
    assert facts["parameters"] == (64 * 12 + 12) + (12 * 12 + 12) + 12 + (12 * 10 + 10)


def test_it_teaches_and_learns(workspace: Any, data: Address, recipe: Recipe, mine: FactoryNetwork) -> None:
    teacher = Train(mine, recipe, Labels(), seed=0, data=data)
    store = workspace.run(Predict(recipe.augment, data, workspace.run(teacher)))
    student = attrs.evolve(teacher, objective=OBJECTIVES["ban"], seed=1000, teacher_outputs=(store,))
    workspace.run(student)
    outputs = [np.load(workspace.path(stage, files.OUTPUTS)) for stage in (teacher, student)]
    assert outputs[0].shape == outputs[1].shape
    assert not np.allclose(*outputs)


def test_another_file_is_not_run_in_its_place(
    workspace: Any, data: Address, recipe: Recipe, mine: FactoryNetwork
) -> None:
    stage = Train(mine, recipe, Labels(), seed=0, data=data)
    trained = workspace.run(stage)
    (workspace.root / mine.file).write_text(FILE + "# the same, but who knows\n")
    for each in (Predict(recipe.augment, data, trained), attrs.evolve(stage, seed=1)):
        with pytest.raises(BancError, match=r"`networks/mine\.py` has changed since `banc compile`"):
            workspace.run(each)
        assert not workspace.path(each, "").exists()
    assert workspace.outputs(stage), "what is finished is what its address says"


def test_what_it_raises_is_told_with_its_line(workspace: Any, data: Address, recipe: Recipe) -> None:
    """Whatever `banc check` cannot see, since there are two images there and no numbers."""
    failing = FILE.replace(
        "        if self.training:", "        if len(x) > 2:\n            raise ValueError('odd')"
    )
    (workspace.root / "networks").mkdir()
    (workspace.root / "networks/mine.py").write_text(failing)
    digest = hashlib.sha256(failing.encode()).hexdigest()
    model = FactoryNetwork("networks/mine.py", "make", digest, {"inner": 12})
    line = failing[: failing.index("raise")].count("\n") + 1
    with pytest.raises(
        BancError, match=rf"epoch 1 of \d+: `networks/mine\.py:{line}`: ValueError: odd$"
    ) as caught:
        workspace.run(Train(model, recipe, Labels(), seed=0, data=data))
    assert caught.value.hint == "correct `networks/mine.py`, then `banc compile` makes stages of the new file"


@pytest.fixture
def noise(workspace: Any) -> Address:
    """A few images of 32x32 in colour."""
    folder: Path = workspace.root / "noise"
    folder.mkdir()
    generator = np.random.default_rng(0)
    for part, number in (("train", 20), ("test", 6)):
        images = generator.integers(0, 256, (number, 32, 32, 3), dtype=np.uint8)
        np.save(folder / f"x_{part}.npy", images)
        np.save(folder / f"y_{part}.npy", np.arange(number) % 2)
    source = Arrays("noise", height=32, width=32, channels=3, classes=2, train=20, test=6)
    with pytest.raises(BancError) as caught:
        workspace.run(Data(source))
    digest = str(caught.value.hint).partition('sha256 = "')[2][:64]
    where: Address = workspace.run(Data(attrs.evolve(source, sha256=digest)))
    return where


def test_torchvisions_network_is_trained_to_the_same_bytes(
    workspace: Any, noise: Address, recipe: Recipe
) -> None:
    """With dropout, whose random numbers are its own matter."""
    model = TorchvisionNetwork("squeezenet1_1", {"dropout": 0.5})
    stage = Train(model, attrs.evolve(recipe, learning_rate=0.01), Labels(), seed=0, data=noise)
    workspace.run(stage)
    first = workspace.outputs(stage)
    workspace.run(stage)
    assert workspace.outputs(stage) == first
    made_with = json.loads(first[files.FACTS])["made_with"]
    assert made_with["torchvision"] == version("torchvision")


OBJECTIVE = """\
import torch

def soft(logits, labels, teacher, *, weight=1.0):
    return -weight * (teacher.exp() * torch.log_softmax(logits, 1)).sum(1)
"""


def test_an_objective_of_ones_own_trains_as_the_same_equation_of_banc_s(
    workspace: Any, teacher: Train, taught: Address
) -> None:
    """Whole, and in parts: its mean over a step is taken by banc."""
    (workspace.root / "mine.py").write_text(OBJECTIVE)
    own = OwnObjective("mine.py", "soft", hashlib.sha256(OBJECTIVE.encode()).hexdigest())
    student = attrs.evolve(teacher, seed=1, teacher_outputs=(taught,))
    for micro_batch in (None, 6):
        recipe = attrs.evolve(teacher.recipe, micro_batch=micro_batch)
        curves = []
        for objective in (own, OBJECTIVES["ban"]):
            stage = attrs.evolve(student, recipe=recipe, objective=objective)
            workspace.run(stage)
            lines = workspace.path(stage, files.HISTORY).read_text().splitlines()[1:]
            curves.append([float(line.split(",")[2]) for line in lines])
        assert curves[0] == pytest.approx(curves[1], rel=1e-3)


def test_an_objective_that_fails_in_training_is_told(workspace: Any, teacher: Train, taught: Address) -> None:
    text = (
        OBJECTIVE
        + "\n\ndef late(logits, labels, teacher):\n    return soft(logits, labels, teacher).mean()\n"
    )
    (workspace.root / "mine.py").write_text(text)
    own = OwnObjective("mine.py", "late", hashlib.sha256(text.encode()).hexdigest())
    stage = attrs.evolve(teacher, seed=1, teacher_outputs=(taught,), objective=own)
    with pytest.raises(BancError, match=r"`late` of `mine.py` gives a tensor of shape \(\) for 16 images"):
        workspace.run(stage)
