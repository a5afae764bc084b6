"""Images of a data stage on the device, as bytes; numbers are made of them a batch at a time.

In: a data stage's files. Out: tensors. Knows nothing of views or labels.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from attrs import frozen
from torch import Tensor

from banc.config.image import ImageShape
from banc.runner.arrays import damaged, read_array
from banc.runner.views import normalise
from banc.stage import files
from banc.stage.kinds import Address


@frozen(eq=False)
class ImageSet:
    """One part of a data set."""

    images: Tensor
    """uint8 (N, C, H, W), on the device."""
    shape: ImageShape
    mean: Tensor
    """Of the training images, (C,) in [0, 1], on the device."""
    std: Tensor
    layout: torch.memory_format
    """How a batch lies in memory."""

    def normalised(self, images: Tensor) -> Tensor:
        """What a network reads: uint8 (B, C, H, W) -> float32."""
        return normalise(images, self.mean, self.std).contiguous(memory_format=self.layout)


def load_images(
    root: Path, data: Address, name: str, device: torch.device, layout: torch.memory_format
) -> ImageSet:
    """Reads the images ``name``, one of ``stage.files.ARRAYS``.

    Raises:
        BancError: a file is damaged.
    """
    path, facts_path = (root / files.folder(data) / each for each in (name, files.DATA))
    images = torch.from_numpy(read_array(path))
    if images.dtype != torch.uint8 or images.dim() != 4:
        raise damaged(path)
    try:
        facts = json.loads(facts_path.read_text())
        classes = len(facts["classes"])
        mean, std = (torch.tensor(facts[key], device=device) for key in ("mean", "std"))
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(facts_path) from error
    channels, height, width = images.shape[1:]
    shape = ImageShape(channels=channels, height=height, width=width, classes=classes)
    return ImageSet(images.to(device), shape, mean, std, layout)


def load_labels(root: Path, data: Address, name: str, device: torch.device) -> Tensor:
    """Reads the labels ``name``: int64 (N,) on the device.

    Raises:
        BancError: the file is damaged.
    """
    path = root / files.folder(data) / name
    labels = torch.from_numpy(read_array(path))
    if labels.dtype != torch.int64 or labels.dim() != 1:
        raise damaged(path)
    return labels.to(device)
