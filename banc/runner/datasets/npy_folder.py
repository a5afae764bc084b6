"""A user's own NumPy arrays.

In: a folder with four ``.npy`` files, and their digest. Out: a ``Split``. Nothing is unpickled.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from banc.config.data import Arrays
from banc.errors import BancError
from banc.runner.datasets.pinned import pinned
from banc.runner.datasets.split import Split
from banc.runner.files.npy import Array

NAMES = ("x_train.npy", "y_train.npy", "x_test.npy", "y_test.npy")


def arrays(source: Arrays, root: Path) -> Split:
    """Reads the four arrays and holds them to the spec.

    Raises:
        BancError: a file is missing, is no array, has another shape, type or label than the spec allows; or
            the files are not those that the spec pins.
    """
    folder = root / source.path
    for name in NAMES:
        if not (folder / name).is_file():
            raise BancError(
                f"`{source.path}/{name}` is missing",
                hint=f"`data` needs {', '.join(f'`{name}`' for name in NAMES)} there",
            )
    pinned(source, folder, NAMES)
    x_train, y_train, x_test, y_test = (_read(folder / name, f"{source.path}/{name}") for name in NAMES)
    return Split(
        _images(source, "x_train.npy", x_train, source.train),
        _labels(source, "y_train.npy", y_train, source.train),
        _images(source, "x_test.npy", x_test, source.test),
        _labels(source, "y_test.npy", y_test, source.test),
        tuple(str(label) for label in range(source.classes)),
    )


def _read(path: Path, name: str) -> Array:
    try:
        array: Array = npy.open_memmap(path, mode="r")
    except (ValueError, EOFError) as error:
        raise BancError(
            f"`{name}` is damaged or no array of numbers: {str(error).rstrip('.').lower()}",
            hint="write it with `numpy.save`; objects are not read",
        ) from error
    return array


def _images(source: Arrays, name: str, array: Array, number: int) -> NDArray[np.uint8]:
    size = (source.height, source.width)
    shape = (*size, source.channels) if source.axes == "nhwc" else (source.channels, *size)
    legal = [(number, *shape), *([(number, *size)] if source.channels == 1 else [])]
    if array.dtype != np.uint8 or array.shape not in legal:
        words = " or ".join(str(allowed) for allowed in legal)
        raise BancError(
            f"`{source.path}/{name}` holds {array.dtype} of shape {array.shape}; "
            f"the spec expects uint8 of shape {words}",
            hint="correct the spec's `train`, `test`, `height`, `width`, `channels` or `axes`, or the array; "
            "pixels are whole numbers from 0 to 255",
        )
    if array.ndim == 3:
        return array[:, None]
    return array if source.axes == "nchw" else array.transpose(0, 3, 1, 2)


def _labels(source: Arrays, name: str, array: Array, number: int) -> NDArray[np.int64]:
    if not np.issubdtype(array.dtype, np.integer) or array.shape != (number,):
        raise BancError(
            f"`{source.path}/{name}` holds {array.dtype} of shape {array.shape}; "
            f"the spec expects whole numbers of shape ({number},)",
            hint="there is one label for each image; correct the spec's `train` or `test`, or the array",
        )
    wrong = (array < 0) | (array >= source.classes)
    if wrong.any():
        raise BancError(
            f"`{source.path}/{name}` has the label {array[wrong][0]}; with {source.classes} classes, labels "
            f"are 0 to {source.classes - 1}",
            hint="correct the spec's `classes`, or number the classes from 0",
        )
    return array.astype("<i8")
