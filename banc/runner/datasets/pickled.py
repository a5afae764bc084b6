"""The pickles of CIFAR's python archives, opened by a machine that can make arrays and nothing else.

In: bytes whose digest was verified. Out: the dictionary in them. A digest of 2009 is an MD5, for which two
files can be forged alike, so verified bytes are not trusted either.
"""

from __future__ import annotations

import io
import pickle
from typing import Any

import numpy as np


def pickled(data: bytes) -> dict[bytes, Any]:
    """The dictionary, its strings as bytes, as Python 2 wrote them.

    Raises:
        pickle.UnpicklingError: there is something in it that is no part of an array.
    """
    fields: dict[bytes, Any] = _Arrays(io.BytesIO(data), encoding="bytes").load()
    return fields


class _Arrays(pickle.Unpickler):
    """Makes arrays, lists and strings, and calls nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        match module.removeprefix("numpy").replace("._core", ".core"), name:
            case "", "ndarray":
                return np.ndarray
            case "", "dtype":
                return _dtype
            case ".core.multiarray", "_reconstruct":
                # Where it lies differs between numpy's versions; an array's own pickle knows.
                return np.empty(0).__reduce__()[0]
            case _:
                raise pickle.UnpicklingError(f"{module}.{name} is no part of an array")


def _dtype(code: bytes | str, align: int = 0, copy: int = 0) -> np.dtype[Any]:
    """``numpy.dtype`` as old pickles call it: flags are 0 and 1, which newer numpy does not like."""
    return np.dtype(code.decode() if isinstance(code, bytes) else code, bool(align), bool(copy))
