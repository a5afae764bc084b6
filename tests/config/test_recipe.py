"""Recipes: the presets of the papers, and how many views an augmentation has."""

from __future__ import annotations

from typing import Any, get_args

import attrs
import pytest

from banc.config.converter import new_converter
from banc.config.recipe import PRESETS, Augmentation, Preset, Recipe, one_spelling


def test_the_setting_of_the_born_again_papers() -> None:
    """Wide Residual Networks, section 3: 0.1, times 0.2 at epochs 60, 120 and 160 of 200."""
    recipe = PRESETS["wide-resnet"]
    assert [point * recipe.epochs for point in recipe.drop_at] == [60, 120, 160]
    assert (recipe.learning_rate, recipe.drop_factor, recipe.batch) == (0.1, 0.2, 128)
    assert (recipe.momentum, recipe.nesterov, recipe.weight_decay) == (0.9, True, 5e-4)


def test_the_setting_of_densenet_on_cifar() -> None:
    """Densely Connected Convolutional Networks, section 4.2: 0.1, divided by 10 at half and at 3/4."""
    recipe = PRESETS["densenet"]
    assert [point * recipe.epochs for point in recipe.drop_at] == [150, 225]
    assert (recipe.learning_rate, recipe.drop_factor, recipe.batch) == (0.1, 0.1, 64)
    assert recipe.weight_decay == 1e-4


def test_the_setting_of_comparisons_of_distillation() -> None:
    """Tian et al. (arXiv 1910.10699): 0.05, divided by 10 after 150, 180 and 210 of 240 epochs."""
    recipe = PRESETS["distillation"]
    assert [point * recipe.epochs for point in recipe.drop_at] == [150, 180, 210]
    assert (recipe.learning_rate, recipe.drop_factor, recipe.batch) == (0.05, 0.1, 64)
    assert (recipe.momentum, recipe.nesterov, recipe.weight_decay) == (0.9, False, 5e-4)
    assert recipe.augment == Augmentation(4, True, fill="zeros")


@pytest.mark.parametrize(
    ("augmentation", "views"),
    [
        (Augmentation(4, True), 162),
        (Augmentation(1, False), 9),
        (Augmentation(0, True), 2),
        (Augmentation(0, False), 1),
    ],
)
def test_views(augmentation: Augmentation, views: int) -> None:
    assert augmentation.num_views == views


def test_what_is_drawn_anew_each_epoch_cannot_be_stored_by_view() -> None:
    assert Augmentation(4, True, fill="zeros").recurs
    assert not Augmentation(4, True, cutout=8).recurs
    assert not Augmentation(4, True, mixup=0.2).recurs


def test_every_preset_has_a_name() -> None:
    assert get_args(Preset) == tuple(PRESETS)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_what_a_spec_would_say(name: Preset) -> None:
    """Types too: 1 and 1.0 are equal and have two digests."""
    converter = new_converter()
    again: Any = converter.structure(converter.unstructure(PRESETS[name]), Recipe)
    for field in attrs.fields(Recipe):
        ours, read = getattr(PRESETS[name], field.name), getattr(again, field.name)
        assert (ours, repr(ours)) == (read, repr(read))


RECIPE = PRESETS["wide-resnet"]


@pytest.mark.parametrize(
    ("said", "same"),
    [
        ({"drop_at": (0.6, 0.3, 0.6)}, {"drop_at": (0.3, 0.6, 0.6)}),
        ({"drop_at": ()}, {"drop_at": (), "drop_factor": 1.0}),
        ({"drop_factor": 1.0}, {"drop_at": (), "drop_factor": 1.0}),
        ({"momentum": 0.0}, {"momentum": 0.0, "nesterov": False}),
        ({"micro_batch": 128}, {}),
        ({"micro_batch": 500}, {}),
        ({"micro_batch": 127}, {"micro_batch": 127}),
        ({"batch": 500, "micro_batch": 128}, {"batch": 500, "micro_batch": 128}),
        ({"schedule": "cosine"}, {"schedule": "cosine", "drop_at": (), "drop_factor": 1.0}),
        (
            {"optimizer": "adamw", "beta1": 0.8},
            {"optimizer": "adamw", "beta1": 0.8, "momentum": 0.0, "nesterov": False},
        ),
        ({"beta1": 0.8, "beta2": 0.9, "epsilon": 1e-3}, {}),
        ({"augment": Augmentation(0, True, fill="zeros")}, {"augment": Augmentation(0, True)}),
        ({"augment": Augmentation(1, True, fill="zeros")}, {"augment": Augmentation(1, True, fill="zeros")}),
    ],
)
def test_one_spelling_for_one_thing(said: dict[str, Any], same: dict[str, Any]) -> None:
    recipe = one_spelling(attrs.evolve(RECIPE, **said))
    assert recipe == attrs.evolve(RECIPE, **same)
    assert one_spelling(recipe) == recipe


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_spelled_that_way(name: Preset) -> None:
    assert one_spelling(PRESETS[name]) == PRESETS[name]
