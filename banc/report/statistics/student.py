"""Student's t distribution, for whole degrees of freedom, and what a test that rests on it can see."""

from __future__ import annotations

import math
from functools import cache
from statistics import NormalDist


def t_cdf(t: float, df: int) -> float:
    """P(T <= t): Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4."""
    angle = math.atan2(t, math.sqrt(df))
    sine, cosine = math.sin(angle), math.cos(angle)
    term = total = cosine if df % 2 else 1.0
    for k in range(2 + df % 2, df - 1, 2):
        term *= cosine * cosine * (k - 1) / k
        total += term
    odd = 2 / math.pi * (angle + (sine * total if df > 1 else 0.0))
    return (1 + (odd if df % 2 else sine * total)) / 2


def two_sided(t: float, df: int) -> float:
    """The probability of |T| >= |t|."""
    return max(0.0, 2 * (1 - t_cdf(abs(t), df)))


def t_quantile(p: float, df: int) -> float:
    """The t with P(T <= t) = p, 0.5 <= p < 1."""
    low, high = 0.0, 1.0
    while t_cdf(high, df) < p:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if t_cdf(middle, df) < p else (low, middle)
    return (low + high) / 2


@cache
def detectable_effect(df: int, level: float, power: float) -> float:
    """The true difference, in standard errors, that a two-sided test at ``level`` finds with ``power``.

    Args:
        df: at least 2.
        power: more than ``level``.
    """
    critical = t_quantile(1 - level / 2, df)
    low, high = 0.0, 1.0
    while _power(critical, df, high) < power:
        high *= 2
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if _power(critical, df, middle) < power else (low, middle)
    return (low + high) / 2


_POINTS = 400
"""Of the integral, by Simpson's rule."""


def _power(critical: float, df: int, effect: float) -> float:
    """P(|T| > critical), where T is noncentral: (Z + effect) / S, Z normal, S^2 a chi-square over its df.

    The mean over S: Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions 2 (1995), chapter 31.
    """
    normal = NormalDist()
    width = (1 + 12 / math.sqrt(2 * df)) / _POINTS  # up to twelve standard deviations of S above its mean
    scale = math.log(2) + df / 2 * math.log(df / 2) - math.lgamma(df / 2)
    total = 0.0
    for point in range(1, _POINTS):
        s = point * width
        density = math.exp(scale + (df - 1) * math.log(s) - df * s * s / 2)
        beyond = normal.cdf(effect - critical * s) + normal.cdf(-effect - critical * s)
        total += (4 if point % 2 else 2) * density * beyond
    return total * width / 3
