"""How to optimise: one frozen set of numbers, and the presets that papers gave names to."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import attrs
from attrs import frozen

from banc.config.constraints import Batch, Bound, Fraction, PositiveWeight, Weight


@frozen
class Augmentation:
    """Random crop and flip: a finite set of views of an image.

    Padding p on each side and a crop back to the image's size give (2p + 1)^2 offsets; a horizontal
    flip doubles them: 162 views for p = 4.
    """

    pad: Annotated[int, Bound(at_least=0, below=10_000)]
    """Pixels of padding by reflection on each side, before a random crop to the image's size."""

    flip: bool
    """Mirror half of the views left to right."""

    @property
    def num_views(self) -> int:
        """How many different views of an image there are."""
        return (2 * self.pad + 1) ** 2 * (2 if self.flip else 1)


@frozen
class Recipe:
    """Stochastic gradient descent with momentum and a stepwise learning rate."""

    TAG: ClassVar[str] = "Recipe"
    REVISION: ClassVar[int] = 2

    epochs: Annotated[int, Bound(at_least=1, at_most=1_000_000)]
    """Passes over the training images. The last epoch's weights are the result."""

    batch: Batch
    """Images in a step (mini-batch); the last one of an epoch may be smaller."""

    learning_rate: PositiveWeight
    """Learning rate at the start."""

    drop_at: tuple[Fraction, ...]
    """Points of the run, as fractions of its epochs. The learning rate drops at the first epoch that begins
    at or after each of them."""

    drop_factor: Annotated[float, Bound(above=0, at_most=1)]
    """What the learning rate is multiplied by at each drop."""

    momentum: Fraction
    """Momentum coefficient: the fraction of the last update that the next one keeps."""

    nesterov: bool
    """Use Nesterov momentum."""

    weight_decay: Weight
    """L2 penalty: this times the weight is added to the gradient of every trained tensor."""

    augment: Augmentation
    """Random crops and flips of the training images. Test images are not augmented."""

    precision: Literal["float32", "bfloat16"] = "float32"
    """Number format of the forward and backward pass; weights and momentum stay float32."""

    deterministic: bool = True
    """Use only algorithms that give the same bytes each time."""

    micro_batch: Batch | None = None
    """Gradient accumulation: images in one forward and backward pass, if a whole step does not fit into
    memory. The step's gradient is the same up to rounding, but batch normalisation sees each part alone."""


def one_spelling(recipe: Recipe) -> Recipe:
    """The same arithmetic as everybody spells it, so that one run has one address.

    Only for a recipe to which no more changes are made: ``momentum = 0`` for all makes ``nesterov`` mean
    nothing, and a momentum for one model makes it mean something again.
    """
    drop_at, drop_factor = tuple(sorted(recipe.drop_at)), recipe.drop_factor
    if drop_factor == 1 or not drop_at:
        drop_at, drop_factor = (), 1.0
    whole = recipe.micro_batch is None or recipe.micro_batch >= recipe.batch
    return attrs.evolve(
        recipe,
        drop_at=drop_at,
        drop_factor=drop_factor,
        nesterov=recipe.nesterov and recipe.momentum > 0,
        micro_batch=None if whole else recipe.micro_batch,
    )


Preset = Literal["wide-resnet", "densenet"]

PRESETS: dict[Preset, Recipe] = {
    # Wide Residual Networks, section 3: the setting that the born-again papers take over.
    "wide-resnet": Recipe(
        epochs=200,
        batch=128,
        learning_rate=0.1,
        drop_at=(0.3, 0.6, 0.8),
        drop_factor=0.2,
        momentum=0.9,
        nesterov=True,
        weight_decay=5e-4,
        augment=Augmentation(pad=4, flip=True),
    ),
    # Densely Connected Convolutional Networks, section 4.2, for CIFAR.
    "densenet": Recipe(
        epochs=300,
        batch=64,
        learning_rate=0.1,
        drop_at=(0.5, 0.75),
        drop_factor=0.1,
        momentum=0.9,
        nesterov=True,
        weight_decay=1e-4,
        augment=Augmentation(pad=4, flip=True),
    ),
}
"""Recipes by name; a spec changes single fields of one."""
