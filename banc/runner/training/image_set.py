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
from banc.runner.files.npy import damaged, read_array
from banc.runner.training.augment import normalise
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

    @property
    def mean_colour(self) -> Tensor:
        """The training images' mean, rounded to a level of each channel: uint8 (C,), on the device."""
        return (255 * self.mean).round().to(torch.uint8)

    def normalised(self, images: Tensor) -> Tensor:
        """What a network reads: uint8 (B, C, H, W) -> float32."""
        return normalise(images, self.mean, self.std).contiguous(memory_format=self.layout)


def load_images(
    root: Path, data: Address, name: str, device: torch.device, layout: torch.memory_format
) -> ImageSet:
    """Reads the images ``name``, one of ``stage.files.DATA_ARRAYS``.

    Raises:
        BancError: a file is damaged.
    """
    path, facts_path = (root / files.folder(data) / file for file in (name, files.DATA))
    images = torch.from_numpy(read_array(path))
    if images.dtype != torch.uint8 or images.dim() != 4:
        raise damaged(path)
    if not images.numel():
        raise damaged(path, "there is no image in it")
    channels, height, width = images.shape[1:]
    facts = read_facts(facts_path, channels)
    mean, std = (torch.tensor(numbers, device=device) for numbers in (facts.mean, facts.std))
    shape = ImageShape(channels=channels, height=height, width=width, classes=len(facts.classes))
    return ImageSet(images.to(device), shape, mean, std, layout)


def load_labels(root: Path, data: Address, name: str, of: ImageSet) -> Tensor:
    """Reads the labels ``name`` of the images ``of``: int64 (N,) on their device.

    Raises:
        BancError: the file is damaged, or of other images.
    """
    path = root / files.folder(data) / name
    labels = torch.from_numpy(read_array(path))
    if labels.dtype != torch.int64 or labels.dim() != 1:
        raise damaged(path)
    if len(labels) != len(of.images):
        raise damaged(path, f"{len(labels)} labels for {len(of.images)} images")
    least, most = (int(number) for number in labels.aminmax())
    if least < 0 or most >= of.shape.classes:
        wrong = least if least < 0 else most
        raise damaged(path, f"it has the label {wrong}, and labels go from 0 to {of.shape.classes - 1}")
    return labels.to(of.images.device)


@frozen
class DataFacts:
    """What ``data.json`` says."""

    classes: list[str]
    """Their names, by label."""
    mean: list[float]
    """Of each channel of the training images, in [0, 1]."""
    std: list[float]


def read_facts(path: Path, channels: int) -> DataFacts:
    """Reads ``data.json`` beside images of so many channels.

    Raises:
        BancError: the file is damaged.
    """
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise damaged(path, "it is no JSON") from error
    if not isinstance(facts, dict) or set(facts) != {"classes", "mean", "std"}:
        raise damaged(path, "it does not say `classes`, `mean` and `std`")
    classes, mean, std = facts["classes"], facts["mean"], facts["std"]
    if not isinstance(classes, list) or not classes or not all(type(name) is str for name in classes):
        raise damaged(path, "`classes` are no names")
    for name, numbers in (("mean", mean), ("std", std)):
        if not isinstance(numbers, list) or len(numbers) != channels:
            raise damaged(path, f"`{name}` is not a number for each of the {channels} channels")
        if not all(type(number) in (int, float) and 0 <= number <= 1 for number in numbers):
            raise damaged(path, f"`{name}` has something else than numbers from 0 to 1")
    if 0 in std:
        raise damaged(path, "`std` has a 0, by which channels are divided")
    return DataFacts(classes, mean, std)
