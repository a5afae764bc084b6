"""Mixup: each image of an epoch mixed with another one.

Zhang et al., mixup: Beyond Empirical Risk Minimization (arXiv 1710.09412), section 2: the image
r x_i + (1 - r) x_j, with the labels of i and j in the same shares, r from Beta(alpha, alpha). The authors'
program permutes a batch to find partners, and draws one r for it. Here the permutation is of the epoch, and
each image has an r of its own, so that both are functions of (seed, epoch, sample), whatever the batch.

r is a multiple of 1 / ``LEVELS``: the mixed image is rounded to bytes, so a finer r would hardly change one.
Mixing is done in whole numbers, and gives the same bytes on every device.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from banc.runner.training.randomness import draw

LEVELS = 256
"""Of r, beside 0."""


def partners_of(seed: int, epoch: int, n: int) -> Tensor:
    """The image that each image is mixed with in an epoch: int64 (n,), a permutation.

    By the sample's index in the data set, as its view is.
    """
    return torch.from_numpy(np.argsort(draw(n, seed, "partner", epoch), kind="stable"))


def levels_of(seed: int, epoch: int, n: int, alpha: float) -> Tensor:
    """The share r of each image in its mixture in an epoch, times ``LEVELS``: int64 (n,), 0 to ``LEVELS``."""
    uniform = (draw(n, seed, "ratio", epoch) >> np.uint64(11)) * 2.0**-53
    return torch.from_numpy(np.searchsorted(_thresholds(alpha), uniform, side="right"))


@cache
def _thresholds(alpha: float) -> NDArray[np.float64]:
    """The distribution function of Beta(alpha, alpha) halfway between neighbouring levels: (LEVELS,).

    A uniform number finds its place among them: that is the level nearest to what the inverse of the function
    makes of it. Another version of SciPy may compute another last digit; a draw so near to one of them is not
    to be expected in any study.
    """
    from scipy.special import betainc  # type: ignore[import-untyped]  # A tenth of a second.

    # Below, it is one half everywhere to the last digit, and SciPy before 1.17 says 0 and 1.
    alpha = max(alpha, 1e-30)
    found: NDArray[np.float64] = betainc(alpha, alpha, (np.arange(LEVELS) + 0.5) / LEVELS)
    return found


def mix(images: Tensor, others: Tensor, levels: Tensor) -> Tensor:
    """The image r x + (1 - r) x', halves rounded up: uint8 (B, C, H, W), as both are.

    Args:
        levels: r times ``LEVELS``, int64 (B,), on their device.
    """
    share = levels.to(torch.int32)[:, None, None, None]
    mixed = images * share + others * (LEVELS - share)
    return ((mixed + LEVELS // 2) // LEVELS).to(torch.uint8)
