"""What ``docs/paper.md`` says of the papers' two readings and of what they leave open is what banc does."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from torch import nn

from banc.config.image import ImageShape
from banc.config.model import DenseNetBC, MatchWideResNet, WideResNet
from banc.config.objective import OBJECTIVES, PermutedTeacher
from banc.config.recipe import PRESETS
from banc.language.load import load
from banc.language.spec import GENERATION, RecipeText, Spec
from banc.models.build import build
from banc.runner.score import average_of
from banc.runner.training.batches import slices_of_epoch
from banc.runner.training.group import Group
from banc.runner.training.schedule import learning_rate
from banc.stage.kinds import SharedLayer

PAPER = Path(__file__).parents[2] / "docs/paper.md"
SPECS = ("table1", "table2", "cifar10", "treatments", "wide-resnet")
BY_NAME = {objective: name for name, objective in OBJECTIVES.items()}
WIDE = PRESETS["wide-resnet"]

CHOICES: dict[str, tuple[str, ...]] = {
    "Dropout of the matched residual students": ("none;", "0.3 between the two convolutions"),
    "First scales of batch normalisation (gamma)": ("between 0 and 1", "1 in every network; shifts 0"),
    "First weights": ("variance 2 / fan-out",),
    "Last batch of an epoch": ("390 steps of 128", "last 80 images", "kept: 391 steps"),
    "Epoch at which the rate drops": ("59 epochs at the first rate", "after 60, 120 and 160 whole epochs"),
    "Momentum at a drop": ("kept",),
    "Weight decay": ("all trained parameters",),
    "Crop and flip": ("drawn for each image by itself",),
    "Last or best epoch": ("the last, always",),
    "Runs in a cell": ("three seeds in the specs",),
    "Seeds of a sequence": ("s + 1000 k",),
    "Recipe of DenseNets": ("`wide-resnet` for every network",),
    "Normalisation of images": ("over the training images",),
    "Which layers are shared": ("frozen, in the six residual students", "nothing in the seven"),
    "Baselines of Table 2": ("every layer their own",),
    "Transitions of matched students": ("How they are built",),
    "CWTM": ("the weights of a batch sum to 1",),
    "DKPP": ("anew each epoch", '`redraw = "never"`'),
    "Ensembles": ("probabilities",),
    "Teacher's outputs": ("evaluation mode",),
}  # fmt: skip
"""Each choice, and words that its row has."""


def section(head: str) -> str:
    found = re.search(rf"^## {head}\n(.*?)(?=^## |\Z)", PAPER.read_text(), re.MULTILINE | re.DOTALL)
    assert found is not None, f"`docs/paper.md` has no section `{head}`"
    return found[1]


@pytest.fixture(scope="module")
def specs(checkout: Path) -> dict[str, Spec]:
    return {name: load(checkout / f"spec/{name}.toml").spec for name in SPECS}


def test_each_spec_takes_the_reading_that_the_page_says(specs: dict[str, Spec]) -> None:
    text = section("What two papers say of one sequence")
    for name in ("table1", "treatments"):
        objective = BY_NAME[specs[name].lineages["ban"].objective]
        assert f"`spec/{name}.toml` has `{objective}`" in text
    others = {
        *(
            lineage.objective
            for name in ("cifar10", "wide-resnet")
            for lineage in specs[name].lineages.values()
        ),
        *(transfer.objective for transfer in specs["wide-resnet"].transfers.values()),
    }
    assert {BY_NAME[other] for other in others} == {"ban"}
    assert "Tables 1 and 3 of 2018 have BAN as that paper defines it (`ban`)" in text
    (students,) = specs["table2"].transfers.values()
    assert BY_NAME[students.objective] == "ban-l"
    assert "Table 2 of 2017 has equation 2, the only objective of that paper (`ban-l`)" in text


def test_the_page_names_every_choice() -> None:
    rows = [line.strip("| ").split(" | ") for line in section("What the papers leave open").split("\n")]
    told = {row[0]: " | ".join(row[1:]) for row in rows if len(row) == 3 and row[0] != "choice"}
    assert told.keys() == CHOICES.keys()
    for choice, words in CHOICES.items():
        for word in words:
            assert word in told[choice], choice


def dropout(specs: dict[str, Spec]) -> None:
    for spec in specs.values():
        for model in spec.models.values():
            if isinstance(model, WideResNet | MatchWideResNet):
                assert model.dropout == (0.3 if isinstance(model, WideResNet) else 0)


def scales(specs: dict[str, Spec]) -> None:
    """A small one of each family: ``initialise`` is the same for all."""
    norms = [
        layer
        for model in (DenseNetBC(10, 4, third_transition=True), WideResNet(10, 1))
        for layer in build(model, ImageShape(3, 8, 8, 4)).modules()
        if isinstance(layer, nn.BatchNorm2d)
    ]
    assert norms
    for norm in norms:
        assert set(norm.weight.tolist()) == {1}
        assert set(norm.bias.tolist()) == {0}


def last_batch(specs: dict[str, Spec]) -> None:
    steps = slices_of_epoch(50_000, WIDE, Group())
    assert (len(steps), sum(part.size for part in steps[-1])) == (391, 80)


def drops(specs: dict[str, Spec]) -> None:
    for before, at in ((59, 60), (119, 120), (159, 160)):
        assert learning_rate(WIDE, at) == pytest.approx(learning_rate(WIDE, before) * 0.2)
    assert learning_rate(WIDE, 59) == learning_rate(WIDE, 0)


def seeds(specs: dict[str, Spec]) -> None:
    assert GENERATION == 1000
    assert {len(spec.seeds) for spec in specs.values()} == {3}


def recipes(specs: dict[str, Spec]) -> None:
    assert {spec.recipe for spec in specs.values()} == {RecipeText(preset="wide-resnet")}


def shared(specs: dict[str, Spec]) -> None:
    (students,) = specs["table2"].transfers.values()
    sharing = {model for model, changes in students.except_.items() if changes.share}
    assert len(sharing) == 6 and len(set(students.students) - sharing) == 7
    assert all(set(changes.share) == set(get_args(SharedLayer)) for changes in students.except_.values())
    assert (students.share, students.shared) == ((), "frozen")


def redrawn(specs: dict[str, Spec]) -> None:
    assert PermutedTeacher().redraw == "epoch"
    PermutedTeacher("never")


def ensembles(specs: dict[str, Spec]) -> None:
    one, two = np.array([[0.9, 0.1]]), np.array([[0.2, 0.8]])
    mean = average_of([np.log(one), np.log(two)], "probabilities")
    assert np.exp(mean) == pytest.approx((one + two) / 2)


@pytest.mark.parametrize(
    "choice", [dropout, scales, last_batch, drops, seeds, recipes, shared, redrawn, ensembles]
)
def test_banc_does_what_the_page_says(choice: Callable[[Any], None], specs: dict[str, Spec]) -> None:
    choice(specs)
