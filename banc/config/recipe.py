"""How to optimise: one frozen set of numbers, and the presets that papers gave names to."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import attrs
from attrs import frozen

from banc.config.constraints import Batch, Bound, Fraction, PositiveWeight, Weight, revised_by
from banc.config.options import (
    AdamW,
    CosineSchedule,
    Cutout,
    GradientClipping,
    LabelSmoothing,
    Mixup,
    WarmUp,
    ZeroPadding,
)


@frozen
class Augmentation:
    """Random crop and flip: a finite set of views of an image; cutout, which hides a part of a view; and
    mixup, which mixes two of them.

    Padding p on each side and a crop back to the image's size give (2p + 1)^2 offsets; a horizontal
    flip doubles them: 162 views for p = 4.
    """

    pad: Annotated[int, Bound(at_least=0, below=10_000)]
    """Pixels of padding on each side, before a random crop to the image's size."""

    flip: bool
    """Mirror half of the views left to right."""

    fill: Literal["reflect", "zeros"] = attrs.field(default="reflect", metadata=revised_by(ZeroPadding))
    """What the padding shows: the image's reflection, or zeros, which are black."""

    cutout: Annotated[int, Bound(at_least=0, below=10_000)] = attrs.field(
        default=0, metadata=revised_by(Cutout)
    )
    """Side in pixels of a square that hides a part of every training image, at a random place in each epoch;
    0 for none. It has the training images' mean colour. DeVries and Taylor (arXiv 1708.04552)."""

    mixup: Weight = attrs.field(default=0.0, metadata=revised_by(Mixup))
    """Mixes each training image with another one, and their labels in the same shares. Both are drawn anew in
    each epoch: the other image, and the share of the first from Beta(alpha, alpha) with this alpha; 0 for
    none. Zhang et al. (arXiv 1710.09412), section 2."""

    @property
    def num_views(self) -> int:
        """How many different crops and flips of an image there are."""
        return (2 * self.pad + 1) ** 2 * (2 if self.flip else 1)

    @property
    def recurs(self) -> bool:
        """Whether what a network sees comes again: these views and nothing else.

        Then a teacher's outputs are stored by view, for all seeds and epochs; otherwise by epoch, for a seed.
        """
        return not (self.cutout or self.mixup)


_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8
"""Of AdamW, as its authors and torch have them."""


@frozen
class Recipe:
    """How to optimise: an optimizer, a learning rate over the run, and what the images go through."""

    TAG: ClassVar[str] = "Recipe"
    REVISION: ClassVar[int] = 2

    epochs: Annotated[int, Bound(at_least=1, at_most=1_000_000)]
    """Passes over the training images. The last epoch's weights are the result."""

    batch: Batch
    """Images in a step (mini-batch); the last one of an epoch may be smaller."""

    learning_rate: PositiveWeight
    """Learning rate at the start, or after the warm-up."""

    drop_at: tuple[Fraction, ...]
    """Points of the run, as fractions of its epochs. The learning rate drops at the first epoch that begins
    at or after each of them. For `schedule = "steps"`."""

    drop_factor: Annotated[float, Bound(above=0, at_most=1)]
    """What the learning rate is multiplied by at each drop. For `schedule = "steps"`."""

    momentum: Fraction
    """Momentum coefficient of SGD: the fraction of the last update that the next one keeps."""

    nesterov: bool
    """Use Nesterov momentum, with SGD."""

    weight_decay: Weight
    """With SGD an L2 penalty: this times the weight is added to the gradient of every trained tensor. With
    AdamW each step takes this times the learning rate off every weight."""

    augment: Augmentation
    """Random crops and flips of the training images. Test images are not augmented."""

    precision: Literal["float32", "bfloat16"] = "float32"
    """Number format of the forward and backward pass; weights and momentum stay float32."""

    deterministic: bool = True
    """Use only algorithms that give the same bytes each time."""

    micro_batch: Batch | None = None
    """Gradient accumulation: images in one forward and backward pass, if a whole step does not fit into
    memory. The step's gradient is the same up to rounding, but batch normalisation sees each part alone."""

    schedule: Literal["steps", "cosine"] = attrs.field(default="steps", metadata=revised_by(CosineSchedule))
    """The learning rate over the run: `steps` drops it at `drop_at`; `cosine` lets it fall from step to step
    along half a cosine, to 0 at the end. Loshchilov and Hutter (arXiv 1608.03983), equation 5, without
    restarts."""

    warm_up: Fraction = attrs.field(default=0.0, metadata=revised_by(WarmUp))
    """Part of the run, from its start, over which the learning rate rises in equal steps to
    `learning_rate`."""

    optimizer: Literal["sgd", "adamw"] = attrs.field(default="sgd", metadata=revised_by(AdamW))
    """`sgd`: stochastic gradient descent with momentum. `adamw`: Adam with decoupled weight decay, Loshchilov
    and Hutter (arXiv 1711.05101), algorithm 2."""

    beta1: Fraction = _BETA1
    """Of AdamW: the fraction of the gradients' running mean that a step keeps."""

    beta2: Fraction = _BETA2
    """Of AdamW: the fraction of the squared gradients' running mean that a step keeps."""

    epsilon: Annotated[float, Bound(above=0, at_most=1)] = _EPSILON
    """Of AdamW: added to the root of the squared gradients' mean, by which a step is divided."""

    clip_norm: Weight = attrs.field(default=0.0, metadata=revised_by(GradientClipping))
    """Gradient clipping: the largest Euclidean norm of a step's gradient over all trained tensors. A longer
    gradient is scaled to it; 0 for no clipping."""

    label_smoothing: Fraction = attrs.field(default=0.0, metadata=revised_by(LabelSmoothing))
    """Part of each label that is shared out among all classes alike, wherever labels are learned. Szegedy et
    al. (arXiv 1512.00567), section 7. Teachers' outputs stay as they are."""


def one_spelling(recipe: Recipe) -> Recipe:
    """The same arithmetic as everybody spells it, so that one run has one address.

    Only for a recipe to which no more changes are made: ``momentum = 0`` for all makes ``nesterov`` mean
    nothing, and a momentum for one model makes it mean something again.
    """
    drop_at, drop_factor = tuple(sorted(recipe.drop_at)), recipe.drop_factor
    if drop_factor == 1 or not drop_at:
        drop_at, drop_factor = (), 1.0
    if recipe.schedule == "cosine":
        drop_at, drop_factor = (), 1.0
    if recipe.optimizer == "adamw":
        recipe = attrs.evolve(recipe, momentum=0.0)
    else:
        recipe = attrs.evolve(recipe, beta1=_BETA1, beta2=_BETA2, epsilon=_EPSILON)
    whole = recipe.micro_batch is None or recipe.micro_batch >= recipe.batch
    augment = recipe.augment if recipe.augment.pad else attrs.evolve(recipe.augment, fill="reflect")
    return attrs.evolve(
        recipe,
        drop_at=drop_at,
        drop_factor=drop_factor,
        nesterov=recipe.nesterov and recipe.momentum > 0,
        micro_batch=None if whole else recipe.micro_batch,
        augment=augment,
    )


Preset = Literal["wide-resnet", "densenet", "distillation"]

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
    # Contrastive Representation Distillation, section 4: the setting by which papers compare methods of
    # distillation on CIFAR-100. MobileNet and ShuffleNets have a learning rate of 0.01 there.
    "distillation": Recipe(
        epochs=240,
        batch=64,
        learning_rate=0.05,
        drop_at=(0.625, 0.75, 0.875),
        drop_factor=0.1,
        momentum=0.9,
        nesterov=False,
        weight_decay=5e-4,
        augment=Augmentation(pad=4, flip=True, fill="zeros"),
    ),
}
"""Recipes by name; a spec changes single fields of one."""
