"""Recipes -> recipes: those of a smoke run, short and for small images.

In: every recipe that a spec's runs have, and which of them are of students with a store by epoch. Out: one
small recipe for each. What are two recipes in the spec are two here, so that no two runs of it become one
training, and no two stores one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from attrs import evolve

from banc.config.recipe import Augmentation, Recipe, one_spelling

EPOCHS = 2
BATCH = 20

STEP = 0.999
"""Where recipes differ in nothing that is kept, their learning rates do, by this factor. It is near 1, since
there may be thousands of them, and none is to diverge."""

CUTOUT = 3
"""Side in pixels of the smallest square of cutout, where there is one."""

_LARGEST = 7
"""Pixels of padding or of a square, at most: of an image of eight pixels something is left."""


def small_recipes(recipes: Iterable[Recipe], by_epoch: Iterable[Recipe]) -> dict[Recipe, Recipe]:
    """The small recipe of each of ``recipes``; of equal ones the same.

    Args:
        by_epoch: those of students whose teacher's outputs are stored epoch by epoch. They have as many
            lengths as in the spec, since a store has its students' epochs.
    """
    several = list(dict.fromkeys(recipes))
    augmentations = _augmentations({recipe.augment for recipe in several})
    lengths = sorted({recipe.epochs for recipe in by_epoch})
    small: dict[Recipe, Recipe] = {}
    taken: set[Recipe] = set()
    alike: Counter[Recipe] = Counter()
    for recipe in several:
        more = lengths.index(recipe.epochs) if recipe.epochs in lengths else 0
        first = one_spelling(
            evolve(recipe, epochs=EPOCHS + more, batch=BATCH, augment=augmentations[recipe.augment])
        )
        made = first
        while made in taken:
            alike[first] += 1
            made = evolve(first, learning_rate=first.learning_rate * STEP ** alike[first])
        taken.add(made)
        small[recipe] = made
    return small


def _augmentations(several: set[Augmentation]) -> dict[Augmentation, Augmentation]:
    """Small ones: a padding or a square becomes its rank among those of the spec."""
    pads = sorted({augment.pad for augment in several})
    squares = sorted({augment.cutout for augment in several} - {0})
    # What fills the padding is seen only where there is some.
    least = 0 if len({augment.fill for augment in several}) == 1 else 1
    first = max(1, min(CUTOUT, _LARGEST + 1 - len(squares)))
    return {
        augment: evolve(
            augment,
            pad=min(_LARGEST, least + pads.index(augment.pad)),
            cutout=min(_LARGEST, first + squares.index(augment.cutout)) if augment.cutout else 0,
        )
        for augment in several
    }
