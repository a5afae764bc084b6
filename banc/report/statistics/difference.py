"""The difference of two ways to train: paired by seed, and where errors are known by image, by image.

In: what each side measured. Out: the difference, how far it may be from the truth, and whether there are
enough seeds to say so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist, mean, stdev

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from banc.report.statistics.bootstrap import Floats
from banc.report.statistics.holm import LEAST, LEVEL
from banc.report.statistics.mcnemar import mcnemar
from banc.report.statistics.student import detectable_effect, t_quantile, two_sided

POWER = 0.8

Wrong = NDArray[np.bool_]
"""(S, N): on which of N images the networks of S seeds err."""


@frozen
class Difference:
    """The first way's mean less the second's, in the quantity's unit."""

    mean: float
    n: int
    """Seeds that both have."""
    images: int | None = None
    """Test images that were resampled, too; None where only seeds speak."""
    low: float | None = None
    high: float | None = None
    """95 % interval; None where n is too small."""
    error: float | None = None
    """Standard error; None where n is too small."""
    p: float | None = None
    """Two-sided; of a single pair of networks, McNemar's exact test. None where n is too small for either."""
    adjusted: float | None = None
    """``p`` after Holm's correction over the table."""

    @property
    def enough(self) -> bool:
        """Whether there are enough seeds to tell a difference from chance."""
        return self.n >= LEAST

    @property
    def told_apart(self) -> bool:
        """Whether the table may claim that there is a difference."""
        return self.enough and self.adjusted is not None and self.adjusted < LEVEL


def by_seeds(first: Sequence[float], second: Sequence[float]) -> Difference:
    """Of numbers that are one a seed: Student's paired test and its interval."""
    apart = [one - two for one, two in zip(first, second, strict=True)]
    middle, n = mean(apart), len(apart)
    if n < LEAST:
        return Difference(middle, n)
    error = stdev(apart) / math.sqrt(n)
    half = t_quantile(1 - LEVEL / 2, n - 1) * error
    return Difference(middle, n, low=middle - half, high=middle + half, error=error, p=_p(middle, error, n))


def of_two_networks(first: Wrong, second: Wrong) -> Difference:
    """Of one network on each side, (1, N): McNemar's exact test, which speaks of these two and no others."""
    middle = 100 * float(first.mean() - second.mean())
    return Difference(middle, 1, first.shape[1], p=mcnemar(first[0], second[0]))


def by_seeds_and_images(first: Wrong, second: Wrong, seeds: Floats, images: Floats) -> Difference:
    """Of errors that are known image by image, in points of percent, by the two-way bootstrap.

    Seeds and images are drawn with replacement, both sides alike. What happens to one seed on one image alone
    would be counted three times that way (Owen, The pigeonhole bootstrap, 2007): with the seeds, with the
    images, and with both. Here the seeds' part has it, and the images' part is shrunk by what the analysis of
    variance says is of single networks. The quantiles are Student's, for n - 1 degrees of freedom.

    Args:
        seeds: ``seed_draws`` (DRAWS, S).
        images: (DRAWS,), the difference of the two sides' ``image_draws``, as a fraction.
    """
    (n, number), by_seed = first.shape, 100 * (first.mean(1) - second.mean(1))
    middle = float(by_seed.mean())
    if n < LEAST:
        return Difference(middle, n, number)
    draws = seeds @ (by_seed - middle) * math.sqrt(n / (n - 1))
    draws += _of_images(first, second) * (100 * images - middle)
    tail = NormalDist().cdf(-t_quantile(1 - LEVEL / 2, n - 1))
    low, high = (middle + float(quantile) for quantile in np.quantile(draws, [tail, 1 - tail]))
    error = float(np.std(draws))
    return Difference(middle, n, number, low, high, error, _p(middle, error, n))


def _of_images(first: Wrong, second: Wrong) -> float:
    """By how much to shrink the images' part: the root of the share of its variance that is of images.

    Searle, Casella and McCulloch, Variance Components (1992), section 4.3: two crossed random factors.
    """
    apart = first.astype(np.float64) - second
    n, number = apart.shape
    middle, by_seed, by_image = apart.mean(), apart.mean(1), apart.mean(0)
    rest = (apart**2).sum() - number * (by_seed**2).sum() - n * (by_image**2).sum() + apart.size * middle**2
    alone = rest / ((n - 1) * (number - 1))
    together = n * float(np.var(by_image, ddof=1))
    return math.sqrt(max(0.0, 1 - alone / together)) if together > 0 else 0.0


def detectable(difference: Difference, comparisons: int) -> float | None:
    """The smallest true difference that would be told apart in 80 % of such experiments.

    As if the standard error were the true one; it is an estimate, too.

    Args:
        comparisons: of the whole table; each may then claim 5 % divided by their number.
    """
    if difference.error is None:
        return None
    return detectable_effect(difference.n - 1, LEVEL / comparisons, POWER) * difference.error


def _p(middle: float, error: float, n: int) -> float:
    if error == 0:
        return 1.0 if middle == 0 else 0.0
    return two_sided(middle / error, n - 1)
