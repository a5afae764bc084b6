"""Arrays on disk, as ``.npy`` files: the same bytes for the same array, and nothing unpickled.

In: paths and arrays. Out: files and arrays. Knows nothing of stages.
"""

from __future__ import annotations

import io
import mmap
import os
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
    """Reads an array, or maps it, which may then be larger than the memory and must not be written to.

    Raises:
        BancError: the file is not a whole array of numbers.
    """
    # Not copy-on-write, for which the system would want as much memory as the file is long.
    mode: Literal["r"] | None = "r" if mapped else None
    try:
        array: Array = np.load(path, mmap_mode=mode, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise damaged(path) from error
    base: object = array.base
    if isinstance(base, mmap.mmap) and array.nbytes > _memory() // 2:
        # What is read ahead would push out what was read, and with it everything else. A smaller file is
        # soon in memory as a whole, and reading ahead then helps.
        base.madvise(mmap.MADV_RANDOM)
    return array


def _memory() -> int:
    """Bytes that this machine has."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def damaged(path: Path) -> BancError:
    """What to say of a file that is not what a stage wrote."""
    return BancError(
        f"`{path}` is damaged: it is not what its stage wrote",
        hint="delete it and run `dvc repro`, which restores it or makes it again",
    )
