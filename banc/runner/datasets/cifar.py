"""The two forms of CIFAR-10 and CIFAR-100: records of bytes, and Python pickles.

Krizhevsky, Learning multiple layers of features from tiny images (2009). In: the bytes of a part's files,
verified. Out: images and labels, the same from both forms.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from banc.runner.datasets.pickled import pickled
from banc.runner.datasets.split import LabelledImages

SHAPE = (3, 32, 32)
PIXELS = 3 * 32 * 32


def cifar10_records(files: list[bytes]) -> LabelledImages:
    """``data_batch_*.bin``: a label and the pixels."""
    return _records(files, 1)


def cifar100_records(files: list[bytes]) -> LabelledImages:
    """``train.bin``: the coarse label, the fine one and the pixels."""
    return _records(files, 2)


def cifar10_pickles(files: list[bytes]) -> LabelledImages:
    """``data_batch_*``: dictionaries with ``data`` and ``labels``."""
    return _pickles(files, b"labels")


def cifar100_pickles(files: list[bytes]) -> LabelledImages:
    """``train``: a dictionary with ``data``, ``fine_labels`` and more."""
    return _pickles(files, b"fine_labels")


def _records(files: list[bytes], labels: int) -> LabelledImages:
    of_files = [np.frombuffer(data, np.uint8).reshape(-1, labels + PIXELS) for data in files]
    return _part([rows[:, labels:] for rows in of_files], [rows[:, labels - 1] for rows in of_files])


def _pickles(files: list[bytes], key: bytes) -> LabelledImages:
    fields = [pickled(data) for data in files]
    return _part([table[b"data"] for table in fields], [np.array(table[key], np.uint8) for table in fields])


def _part(images: list[NDArray[np.uint8]], labels: list[NDArray[np.uint8]]) -> LabelledImages:
    return np.concatenate(images).reshape(-1, *SHAPE), np.concatenate(labels).astype("<i8")
