"""A ``data`` stage: images and labels of one data set, read, verified and split.

In: a data set's name and numbers. Out: the files of ``stage.files.DATA_ARRAYS`` and ``data.json``. Knows
nothing of models.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from banc.config.data import Arrays, Cifar10, Cifar100, DataSet, Digits, FashionMnist, Folder, Mnist, Svhn
from banc.errors import BancError
from banc.runner.datasets.digits import digits
from banc.runner.datasets.image_folder import image_folder
from banc.runner.datasets.npy_folder import arrays
from banc.runner.datasets.official import official
from banc.runner.datasets.split import Split, held_out
from banc.runner.files.npy import Array, write_array
from banc.stage.files import DATA, DATA_ARRAYS, VALIDATION_ARRAYS
from banc.stage.kinds import Data

DIGITS = 6  # of means and deviations: what platforms agree on
ROWS = 4096
"""Images counted at a time: counting takes eight bytes a pixel."""

FOLDER = "BANC_DATA"
"""The environment variable that names where published files lie, if not in ``data/`` of the workspace."""


def data(root: Path, stage: Data, folder: Path) -> None:
    """Writes the arrays into ``folder``.

    Raises:
        BancError: the data set is missing, or not the one that is meant.
    """
    split = _read(root, stage.source)
    validation: tuple[Array, ...] = ()
    if stage.source.validation:
        split, validation = held_out(split, stage.source.validation)
    together: tuple[Array, ...] = (
        split.train_images,
        split.train_labels,
        split.test_images,
        split.test_labels,
    )
    mean, std = _statistics(split.train_images)
    names = (*DATA_ARRAYS, *(VALIDATION_ARRAYS if validation else ()))
    for name, array in zip(names, (*together, *validation), strict=True):
        write_array(folder / name, array)
    facts = {"classes": list(split.classes), "mean": mean, "std": std}
    (folder / DATA).write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n")


def _read(root: Path, source: DataSet) -> Split:
    match source:
        case Digits():
            return digits(source)
        case Cifar10() | Cifar100() | Mnist() | FashionMnist() | Svhn():
            return official(source, _published(root))
        case Folder():
            return image_folder(source, root)
        case Arrays():
            return arrays(source, root)


def _published(root: Path) -> Path:
    """Where published files lie."""
    named = os.environ.get(FOLDER)
    if named and not Path(named).is_dir():
        raise BancError(
            f"{FOLDER} names `{named}`, which is no folder",
            hint=f"make it, or unset {FOLDER}: then `data/` of the workspace is meant",
        )
    return Path(named) if named else root / "data"


def _statistics(images: NDArray[np.uint8]) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of each channel in [0, 1], from exact sums of whole numbers."""
    spreads = [_spread(_counts(channel)) for channel in images.swapaxes(0, 1)]
    if flat := [channel for channel, (_, deviation) in enumerate(spreads) if deviation == 0]:
        raise BancError(
            f"channel {flat[0]} of the training images has the same value everywhere",
            hint="channels are divided by their standard deviation, which is 0 here: leave this one out",
        )
    return [mean for mean, _ in spreads], [deviation for _, deviation in spreads]


def _spread(counts: list[int]) -> tuple[float, float]:
    number = sum(counts)
    total = sum(level * count for level, count in enumerate(counts))
    squares = sum(level * level * count for level, count in enumerate(counts))
    deviation = (squares * number - total * total) ** 0.5 / number
    return round(total / number / 255, DIGITS), round(deviation / 255, DIGITS)


def _counts(channel: NDArray[np.uint8]) -> list[int]:
    """How often each of the 256 levels is there."""
    counts = np.zeros(256, np.int64)
    for start in range(0, len(channel), ROWS):
        counts += np.bincount(channel[start : start + ROWS].ravel(), minlength=256)
    numbers: list[int] = counts.tolist()
    return numbers
