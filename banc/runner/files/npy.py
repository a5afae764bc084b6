"""Arrays on disk, as ``.npy`` files: the same bytes for the same array, and nothing unpickled.

In: paths and arrays. Out: files and arrays. Knows nothing of stages.
"""

from __future__ import annotations

import io
import math
import mmap
import os
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from banc.errors import BancError

Array = NDArray[Any]

LONGEST = 1000
"""Longest header that is accepted, in characters. banc writes less than 128."""


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
    _check_header(path)
    # Not copy-on-write, for which the system would want as much memory as the file is long.
    mode: Literal["r"] | None = "r" if mapped else None
    try:
        array: Array = np.load(path, mmap_mode=mode, allow_pickle=False)
    except (ValueError, EOFError, OverflowError) as error:
        raise damaged(path) from error
    base: object = array.base
    if isinstance(base, mmap.mmap) and array.nbytes > _memory() // 2:
        # What is read ahead would push out what was read, and with it everything else. A smaller file is
        # soon in memory as a whole, and reading ahead then helps.
        base.madvise(mmap.MADV_RANDOM)
    return array


def _check_header(path: Path) -> None:
    """Refuses a file that is not as long as its header announces, before anything makes room for it."""
    with path.open("rb") as file:
        try:
            npy.read_magic(file)
            # Python parses it, and of 9,000 signs in a row says that memory is exhausted.
            shape, by_columns, dtype = npy.read_array_header_1_0(file, max_header_size=LONGEST)
        except OSError:
            raise
        except Exception as error:
            # Whatever Python's tokenizer and parser say of so few characters, they are no header.
            raise damaged(path, "its header is not that of an array") from error
        begin, size = file.tell(), os.fstat(file.fileno()).st_size
    if by_columns or dtype.kind not in "biuf" or not dtype.isnative:
        raise damaged(path, "it is no array of numbers, row by row")
    if (
        any(type(length) is not int or length < 0 for length in shape)
        or math.prod(shape) * dtype.itemsize != size - begin
    ):
        words = "x".join(str(length) for length in shape)
        raise damaged(path, f"its header announces {words[:60]} numbers, and {size - begin} bytes follow")


def _memory() -> int:
    """Memory of this machine, in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def damaged(path: Path, why: str = "") -> BancError:
    """The error for a file that is not what a stage wrote.

    Args:
        why: what is wrong with it, where that helps, in few words.
    """
    return BancError(
        f"`{path}` is damaged: {why or 'it is not what its stage wrote'}",
        hint="delete it and run `dvc repro`, which restores it or makes it again",
    )
