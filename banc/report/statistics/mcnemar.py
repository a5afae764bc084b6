"""McNemar's exact test: do two networks err equally often, on the images that they were both shown?"""

from __future__ import annotations

from math import comb

import numpy as np
from numpy.typing import NDArray


def mcnemar(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """The two-sided p-value of the images (N,) on which one network is wrong and the other is right.

    Of these, each network's share is binomial with one half, if they err equally often. It speaks of these
    two networks, not of the way in which they were trained.
    """
    alone = int(np.count_nonzero(first & ~second)), int(np.count_nonzero(second & ~first))
    several = sum(alone)
    tail = sum(comb(several, k) for k in range(min(alone) + 1))
    return min(1.0, float(2 * tail / 2**several))
