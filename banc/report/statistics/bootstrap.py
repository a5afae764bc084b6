"""Draws of the two-way bootstrap: other seeds and other test images, drawn from those that there are.

A draw counts how often each seed and each image comes up. All differences of a table share the draws.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

DRAWS = 10_000

Floats = NDArray[np.float64]

_AT_ONCE = 1 << 18
"""Images that are drawn at once: their counts stay in a cache."""

_ALONE = 1 << 18
"""Multiplications that one thread does. Several threads wait for one another on a machine where others work
too, and a product then takes many times as long."""

_IMAGES, _SEEDS = 1, 2
"""Keys of random numbers: always the same, so that a table is. Philox's bits do not change with NumPy."""


def image_draws(wrong: NDArray[np.int64]) -> Floats:
    """The mean of each row of ``wrong`` on resampled test sets.

    Args:
        wrong: (R, N), how many networks of each of R cells err on each of N images.

    Returns:
        (DRAWS, R).
    """
    rows, images = wrong.shape
    columns, bits = wrong.T.astype(np.float32), np.random.Philox(key=_IMAGES)
    means: Floats = np.empty((DRAWS, rows))
    several = max(1, _AT_ONCE // images)
    for start in range(0, DRAWS, several):
        number = min(several, DRAWS - start)
        means[start : start + number] = _product(_counts(bits, number, images), columns) / images
    return means


def _product(counts: NDArray[np.float32], columns: NDArray[np.float32]) -> NDArray[np.float32]:
    """``counts @ columns``, whole numbers and so exact, in parts for which BLAS starts no threads."""
    step = max(1, _ALONE // (len(counts) * columns.shape[1]))
    total = np.zeros((len(counts), columns.shape[1]), np.float32)
    for start in range(0, len(columns), step):
        total += counts[:, start : start + step] @ columns[start : start + step]
    return total


def seed_draws(seeds: int) -> Floats:
    """Weights of the seeds: (DRAWS, seeds), which add up to 1 in each draw."""
    counts: Floats = _counts(np.random.Philox(key=_SEEDS), DRAWS, seeds).astype(np.float64)
    return counts / seeds


def _counts(bits: np.random.Philox, draws: int, of: int) -> NDArray[np.float32]:
    """How often each of ``of`` things comes up in ``of`` draws with replacement: (draws, of)."""
    # Each number of 64 bits is two of 32, and one of 32 times the number of things has its place above.
    halves = bits.random_raw((draws * of + 1) // 2).astype("<u8", copy=False).view("<u4")[: draws * of]
    drawn = halves.astype(np.uint64) * np.uint64(of)
    drawn >>= np.uint64(32)
    places = drawn.view(np.int64).reshape(draws, of)
    places += of * np.arange(draws)[:, None]
    counts = np.bincount(places.ravel(), minlength=draws * of)
    return counts.reshape(draws, of).astype(np.float32)
