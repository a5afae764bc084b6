"""A recipe and an objective in one line, with what a recipe need not have."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from banc.cli.show_recipe import objective, recipe
from banc.config.model import WideResNet
from banc.config.objective import Labels, Objective, OwnObjective
from banc.config.recipe import PRESETS, Augmentation, Recipe, one_spelling
from banc.digest import Json
from banc.stage.address import parameters
from banc.stage.kinds import Address, Train

PAPERS = PRESETS["wide-resnet"]


def of(recipe: Recipe = PAPERS, objective: Objective = Labels()) -> Mapping[str, Json]:  # noqa: B008
    return parameters(Train(WideResNet(10, 1), recipe, objective, 0, Address("data-digits-0123456789ab")))


def test_the_papers_recipe_is_as_it_was() -> None:
    assert recipe(of()) == (
        "200 epochs, batch 128, learning rate 0.1 (x 0.2 at 0.3, 0.6, 0.8), momentum 0.9 (Nesterov), "
        "weight decay 0.0005, pad 4, flip"
    )


def test_what_a_recipe_need_not_have_is_told_where_it_has_it() -> None:
    options = attrs.evolve(
        PAPERS,
        learning_rate=0.001,
        weight_decay=0.05,
        schedule="cosine",
        warm_up=0.05,
        optimizer="adamw",
        beta2=0.99,
        clip_norm=1.0,
        label_smoothing=0.1,
        augment=Augmentation(4, True, fill="zeros", cutout=8, mixup=0.2),
    )
    assert recipe(of(one_spelling(options))) == (
        "200 epochs, batch 128, learning rate 0.001 (cosine), warm-up 0.05, AdamW, weight decay 0.05, "
        "gradients clipped at 1, label smoothing 0.1, pad 4 with zeros, flip, cutout 8, mixup 0.2, beta2 0.99"
    )


def test_an_objective_of_ones_own_is_named_by_its_function() -> None:
    own = OwnObjective("objectives/mine.py", "soft", "0" * 64, {"power": 0.5})
    assert objective(own.slug, of(objective=own)) == "soft of objectives/mine.py, power 0.5"
    assert objective("labels", of()) == "labels"
