"""What ``docs/spec.md`` says of spellings that are two runs and compute the same: they are, and they do."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
import pytest

from banc.config.custom import FactoryNetwork, TorchvisionNetwork
from banc.config.data import Digits, Folder
from banc.config.model import DenseNetBC, MatchDenseNet, MatchPreResNet, MatchWideResNet, Model
from banc.config.objective import OBJECTIVES
from banc.config.recipe import PRESETS, Recipe, one_spelling
from banc.models.build import build_meta
from banc.runner.training.batches import slices_of_epoch
from banc.runner.training.group import Group
from banc.runner.training.schedule import learning_rate
from banc.stage.address import address
from banc.stage.kinds import Data, Train

SECTION = re.compile(r"compute the same and still count as two:\n\n(.*?)\n\n", re.DOTALL)
IMAGES = Digits(train=200)
RECIPE = attrs.evolve(PRESETS["wide-resnet"], epochs=20, batch=50)
SKELETON = DenseNetBC(16, 4, third_transition=True)

RECIPES: dict[str, tuple[Recipe, Recipe]] = {
    "a batch larger than the training set, and one as large as it": (
        attrs.evolve(RECIPE, batch=200),
        attrs.evolve(RECIPE, batch=300),
    ),
    "points of `drop_at` that have their drop in the same epoch, or after the last one": (
        attrs.evolve(RECIPE, drop_at=(0.26, 0.99)),
        attrs.evolve(RECIPE, drop_at=(0.3,)),
    ),
    "a drop at the start of the run, and a smaller `learning_rate`": (
        attrs.evolve(RECIPE, drop_at=(0.0, 0.5), drop_factor=0.5),
        attrs.evolve(RECIPE, drop_at=(0.5,), drop_factor=0.5, learning_rate=0.05),
    ),
}

MODELS: dict[str, list[tuple[Model, Model]]] = {
    "DenseNets whose depths are rounded down to the same 6n + 4: each keeps its paper's name": [
        (DenseNetBC(22, 12), DenseNetBC(27, 12))
    ],
    "ratios of a matched student that give the same numbers of channels": [
        (MatchWideResNet(1, 1, SKELETON), MatchWideResNet(1, 1.01, SKELETON)),
        (MatchPreResNet(1, 1, SKELETON), MatchPreResNet(1, 1.01, SKELETON)),
        (MatchDenseNet(2, 0.5, 1, SKELETON), MatchDenseNet(2, 0.51, 1.01, SKELETON)),
    ],
    "an argument of a custom network that is said, and equals the function's default": [
        (TorchvisionNetwork("resnet18"), TorchvisionNetwork("resnet18", {"zero_init_residual": False}))
    ],
}

ELSEWHERE: dict[str, list[tuple[object, object]]] = {
    "a network's file, or a folder of images, under another path": [
        (FactoryNetwork("a.py", "make", "0" * 64), FactoryNetwork("b.py", "make", "0" * 64)),
        (Folder("a", 8, 8, 1, 2, 10, 10, "0" * 64), Folder("b", 8, 8, 1, 2, 10, 10, "0" * 64)),
    ],
}

STORED_AND_LIVE = "`teacher_outputs` stored and live"
"""Held where both are trained and compared: ``tests/runner/training/test_teachers.py``."""


def trained(model: Model, recipe: Recipe) -> str:
    return address(Train(model, recipe, OBJECTIVES["labels"], 0, address(Data(IMAGES))))


def test_each_of_them_is_held_here(checkout: Path) -> None:
    (section,) = SECTION.findall((checkout / "docs/spec.md").read_text())
    said = {line.removeprefix("- ").rstrip(";.") for line in section.split("\n")}
    assert said == {*RECIPES, *MODELS, *ELSEWHERE, STORED_AND_LIVE}


@pytest.mark.parametrize("pair", RECIPES.values(), ids=RECIPES)
def test_recipes_that_train_alike_and_are_two(pair: tuple[Recipe, Recipe]) -> None:
    one, two = map(one_spelling, pair)
    assert trained(SKELETON, one) != trained(SKELETON, two)
    for recipe in (one, two):
        assert slices_of_epoch(IMAGES.train, recipe, Group()) == slices_of_epoch(IMAGES.train, one, Group())
        rates = [learning_rate(recipe, epoch) for epoch in range(recipe.epochs)]
        assert rates == [learning_rate(one, epoch) for epoch in range(one.epochs)]


@pytest.mark.parametrize(
    ("one", "two"), [pair for pairs in MODELS.values() for pair in pairs], ids=lambda model: model.slug
)
def test_networks_that_are_alike_and_are_two(one: Model, two: Model) -> None:
    assert trained(one, RECIPE) != trained(two, RECIPE)
    shapes = [
        {name: tensor.shape for name, tensor in build_meta(model, Digits().shape).state_dict().items()}
        for model in (one, two)
    ]
    assert shapes[0] == shapes[1]


def test_a_path_is_part_of_what_is_read_from_it() -> None:
    (networks, folders) = ELSEWHERE["a network's file, or a folder of images, under another path"]
    assert trained(networks[0], RECIPE) != trained(networks[1], RECIPE)  # type: ignore[arg-type]
    assert address(Data(folders[0])) != address(Data(folders[1]))  # type: ignore[arg-type]
