"""The error of a training on images that it does not train on, after its last epoch and after a few before.

For the curve alone. In: a data stage, and how long the training is. Out: epochs, outputs and errors. The
epochs follow from counts and not from a clock, so a stage's bytes stay the same. Nothing chooses an epoch by
what is measured: the network that counts is the last one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn

from banc.runner.training.device import layout
from banc.runner.training.image_set import load_images, load_labels
from banc.runner.training.infer import infer
from banc.stage.files import ARRAYS_OF
from banc.stage.kinds import Part, Train

POINTS = 20
"""Measurements before the last one, at most."""

SHARE = 0.02
"""Of a training's time that measurements may take. The last one is free: its outputs are written anyway."""

PASSES = 3
"""What an image costs that is trained on, in forward passes: one forward, and twice that backward."""


def measured_epochs(epochs: int, images: int, held_out: int) -> frozenset[int]:
    """The epochs, counted from 1, after which the error is measured: evenly spread, and the last.

    Args:
        images: to train on, in an epoch.
        held_out: images that it is measured on.
    """
    affordable = int(SHARE * PASSES * images * epochs / held_out)
    points = min(POINTS, affordable, epochs - 1)
    return frozenset(round(epochs * number / (points + 1)) for number in range(1, points + 2))


class HeldOut:
    """Images that a stage does not train on, with their labels."""

    def __init__(self, root: Path, stage: Train, device: torch.device, part: Part = "test") -> None:
        """Reads them.

        Raises:
            BancError: a file is damaged.
        """
        images, labels = ARRAYS_OF[part]
        self._data = load_images(root, stage.data, images, device, layout(stage.model))
        self._labels = load_labels(root, stage.data, labels, self._data)
        self._precision: Literal["float32", "bfloat16"] = stage.recipe.precision

    def __len__(self) -> int:
        return len(self._labels)

    def outputs(self, network: nn.Module) -> Tensor:
        """Logits float32 (N, classes). The network is as before, and in evaluation mode."""
        return infer(network, self._data.images, self._data, self._precision)

    def error(self, outputs: Tensor) -> float:
        """In percent, of logits (N, classes)."""
        return 100 * float((outputs.argmax(1) != self._labels).double().mean())
