"""Draws of the two-way bootstrap: other seeds and other test images, drawn from those that there are.

A draw counts how often each seed and each image comes up. All differences of a table share the draws.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

DRAWS = 10_000

Floats = NDArray[np.float64]

_AT_ONCE = 100
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
    for start in range(0, DRAWS, _AT_ONCE):
        means[start : start + _AT_ONCE] = _counts(bits, _AT_ONCE, images) @ columns / np.float32(images)
    return means


def seed_draws(seeds: int) -> Floats:
    """Weights of the seeds: (DRAWS, seeds), which add up to 1 in each draw."""
    counts: Floats = _counts(np.random.Philox(key=_SEEDS), DRAWS, seeds).astype(np.float64)
    return counts / seeds


def _counts(bits: np.random.Philox, draws: int, of: int) -> NDArray[np.float32]:
    """How often each of ``of`` things comes up in ``of`` draws with replacement: (draws, of)."""
    high = bits.random_raw(draws * of) >> np.uint64(32)
    drawn = (high * np.uint64(of) >> np.uint64(32)).astype(np.int64).reshape(draws, of)
    flat = np.bincount((drawn + of * np.arange(draws)[:, None]).ravel(), minlength=draws * of)
    return flat.reshape(draws, of).astype(np.float32)
