"""How far two outputs of one stage are from each other.

In: two files of one name, one of them recorded and one just made. Out: a ``Difference``. Knows nothing of
stages, and not which of the two is right.

A difference is measured against the largest number of its array: of a tensor, a column, a metric. Two
machines, or one machine with another number of threads, add the terms of a float32 sum in another order,
and each addition rounds by 2^-24. Of 10^4 terms that makes up to about 10^-5, and a few steps of training
more; so 10^-4 is the same training, rounded elsewhere. What a long training makes of it is no longer
rounding: it is another training, and is reported as ``different``. In float16, where neighbours are 2^-11
to 2^-10 apart, any other rounding moves a number by a whole neighbour: two of these are allowed. Counts
(labels, images, epochs) have no tolerance.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen

from banc.digest import Json, file_digest
from banc.errors import BancError
from banc.runner.files.npy import Array, read_array
from banc.stage.files import ERROR_ON, HISTORY, MADE_WITH, TEST_ERROR

RELATIVE = 1e-4
"""Tolerance relative to an array's largest number, for float32 and for what is computed in float64."""

RELATIVE_HALF = 2.0**-9
"""The same for float16: two neighbours."""

ABSOLUTE = 1e-6
"""Absolute tolerance: smaller differences are rounding, since text keeps six digits of a number."""

ENVIRONMENT = ("made_with", "made_with_before")
"""Keys of the files in ``MADE_WITH`` that say how it came about. They are no result, and are not compared."""

BLOCK = 1 << 20
"""How many numbers are compared at once: a store may be larger than the memory."""


@frozen
class Figures:
    """The largest differences in a file."""

    absolute: float
    relative: float
    """Against the largest number of the array."""
    where: str
    """The array that is furthest off; empty where the file is one."""
    differing: int
    """How many numbers of the file differ at all, and of how many."""
    numbers: int


@frozen
class Identical:
    """The same bytes; of ``model.json`` and ``outputs.json``, the same facts; of a ``history.csv`` from when
    it had no test errors, the same numbers otherwise.
    """


@frozen
class Near:
    """Other bytes, and numbers within the tolerance."""

    figures: Figures


@frozen
class Different:
    """Something beyond the tolerance."""

    reason: str
    figures: Figures | None = None
    """None where the two cannot be subtracted."""


Difference = Identical | Near | Different
"""The result of comparing two files."""


def compare(ours: Path, theirs: Path) -> Difference:
    """Compares two files that exist: ``.npy``, ``.safetensors``, ``.json`` or ``.csv``."""
    if file_digest(ours) == file_digest(theirs):
        return Identical()
    try:
        mine, others = _read(ours), _read(theirs)
    except (BancError, ValueError, RecursionError, csv.Error):
        return Different("cannot be read: it is damaged")
    added = ours.name == HISTORY and (mine.keys() ^ others.keys()) == {TEST_ERROR}
    if added:
        # An older history, of which all else can be compared.
        mine, others = (
            {key: value for key, value in each.items() if key != TEST_ERROR} for each in (mine, others)
        )
    if mine.keys() != others.keys():
        odd = sorted(mine.keys() ^ others.keys())
        return Different(f"{_named(odd[0])} is in one of the two alone")
    difference = _compare(mine, others)
    if (
        (added or ours.name in MADE_WITH)
        and isinstance(difference, Near)
        and not difference.figures.differing
    ):
        return Identical()
    return difference


def _compare(mine: Mapping[str, Array], others: Mapping[str, Array]) -> Difference:
    figures, worst, within = Figures(0.0, 0.0, "", 0, 0), 0.0, True
    for name, array in mine.items():
        other = others[name]
        if array.dtype != other.dtype or array.shape != other.shape:
            return Different(f"{_named(name)} is {_kind(array)} and {_kind(other)}")
        if array.dtype.kind not in "fiub":
            if not np.array_equal(array, other):
                values = f" is {array} and {other}" if not array.shape else "'s values differ"
                return Different(f"{_named(name)}{values}")
            continue
        absolute, largest, differing = _measure(array, other)
        if not np.isfinite(absolute):
            return Different(f"{_named(name)} has a number that is finite in one of the two alone")
        relative = absolute / largest if largest else 0.0
        limit = _limit(array.dtype, largest)
        excess = absolute / limit if absolute and limit else np.inf if absolute else 0.0
        figures = Figures(
            max(figures.absolute, absolute),
            max(figures.relative, relative),
            name if excess > worst else figures.where,
            figures.differing + differing,
            figures.numbers + array.size,
        )
        worst, within = max(worst, excess), within and absolute <= limit
    return Near(figures) if within else Different("beyond the tolerance", figures)


def _limit(dtype: np.dtype[Any], largest: float) -> float:
    """The largest allowed difference between two numbers of an array."""
    if dtype.kind != "f":
        return 0.0
    return ABSOLUTE + largest * (RELATIVE_HALF if dtype == np.float16 else RELATIVE)


def _measure(array: Array, other: Array) -> tuple[float, float, int]:
    """The largest difference, the largest number, how many differ. Infinite where one is not finite."""
    absolute = largest = 0.0
    differing = 0
    for one, two in _blocks(array, other):
        same = (one == two) | (np.isnan(one) & np.isnan(two))
        apart = np.abs(one[~same] - two[~same])
        if apart.size:
            differing += apart.size
            absolute = max(absolute, float(np.where(np.isfinite(apart), apart, np.inf).max()))
        for block in (one, two):
            largest = max(largest, float(np.max(np.abs(block), where=np.isfinite(block), initial=0.0)))
    return absolute, largest, differing


def _blocks(array: Array, other: Array) -> Iterator[tuple[Array, Array]]:
    one, two = array.reshape(-1), other.reshape(-1)
    for start in range(0, one.size, BLOCK):
        part = slice(start, start + BLOCK)
        yield one[part].astype(np.float64), two[part].astype(np.float64)


def _read(path: Path) -> dict[str, Array]:
    """The arrays of a file, by name."""
    match path.suffix:
        case ".npy":
            return {"": read_array(path, mapped=True)}
        case ".safetensors":
            return _weights(path)
        case ".csv":
            return _columns(path)
        case suffix:
            assert suffix == ".json", path
            value = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(value, dict) and path.name in MADE_WITH:
                value = {key: item for key, item in value.items() if key not in ENVIRONMENT}
            return dict(_leaves(value, ()))


def _weights(path: Path) -> dict[str, Array]:
    # Only here: a score has no weights, and must not wait for torch.
    from banc.runner.files.weights import read_header, read_weights

    arrays: dict[str, Array] = {
        f"header {key}": np.array(text, dtype=object) for key, text in read_header(path).items()
    }
    for name, tensor in read_weights(path).items():
        try:
            arrays[name] = tensor.numpy()
        except TypeError:  # numpy has no bfloat16; float32 holds all of its numbers
            arrays[name] = tensor.float().numpy()
    return arrays


def _columns(path: Path) -> dict[str, Array]:
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = list(csv.reader(file, strict=True)) or [[]]
    columns = list(zip(*rows, strict=True)) or [()] * len(header)
    return {
        name: np.array(
            # Where it was not measured, the error is empty.
            [text or "nan" for text in column] if name in ERROR_ON.values() else column,
            dtype=np.int64 if name == "epoch" else np.float64,
        )
        for name, column in zip(header, columns, strict=True)
    }


def _leaves(value: Json, place: tuple[str, ...]) -> Iterator[tuple[str, Array]]:
    """Every number and word of a JSON value, with the keys that lead to it."""
    if isinstance(value, dict | list) and value:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(item, (*place, str(key)))
    else:
        yield ".".join(place), np.array(value if isinstance(value, int | float) else json.dumps(value))


def _kind(array: Array) -> str:
    return f"{array.dtype} {array.shape}" if array.shape else str(array.dtype)


def _named(name: str) -> str:
    return f"`{name}`" if name else "the array"
