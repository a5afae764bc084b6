"""Arrays on disk, as ``.npy`` files: the same bytes for the same array, and nothing unpickled.

In: paths and arrays. Out: files and arrays. Knows nothing of stages.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from banc.errors import BancError

Array = NDArray[Any]


def header(shape: tuple[int, ...], dtype: np.dtype[Any]) -> bytes:
    """How a file with an array of ``shape`` begins; its rows follow as bytes, in order.

    Rows are written, never mapped: a full disk then raises, where writing to a map kills the process.
    """
    begin = io.BytesIO()
    fields = {"descr": npy.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    npy.write_array_header_1_0(begin, fields)
    return begin.getvalue()


def write_array(path: Path, array: Array) -> None:
    """Writes ``array`` as numpy's format 1.0, rows first."""
    rows = np.ascontiguousarray(array)
    with path.open("wb") as file:
        file.write(header(rows.shape, rows.dtype))
        file.write(rows.reshape(-1).view(np.uint8).data)


def read_array(path: Path, *, mapped: bool = False) -> Array:
    """Reads an array, or maps it into memory where it may be too large: writing to it changes no file.

    Raises:
        BancError: the file is not a whole array of numbers.
    """
    mode: Literal["c"] | None = "c" if mapped else None
    try:
        array: Array = np.load(path, mmap_mode=mode, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise damaged(path) from error
    return array


def damaged(path: Path) -> BancError:
    """What to say of a file that is not what a stage wrote."""
    return BancError(
        f"`{path}` is damaged: it is not what its stage wrote",
        hint="delete it and run `dvc repro`, which restores it or makes it again",
    )
