"""The idx files of MNIST and of sets that took its form.

LeCun, Bottou, Bengio and Haffner (1998). In: the bytes of a part's two files, verified. Out: images and
labels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from banc.runner.datasets.split import LabelledImages


def idx(files: list[bytes]) -> LabelledImages:
    """An ``images-idx3-ubyte`` and a ``labels-idx1-ubyte``."""
    images, labels = (_array(data) for data in files)
    return images[:, None], labels.astype("<i8")


def _array(data: bytes) -> NDArray[np.uint8]:
    """Two zeros, 8 for unsigned bytes, the number of axes, each axis in four bytes; then the numbers."""
    axes = data[3]
    assert data[:3] == b"\0\0\x08", data[:4]
    shape = np.frombuffer(data, ">u4", axes, 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(*shape.tolist())
