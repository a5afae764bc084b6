"""Student's t distribution, for whole degrees of freedom."""

from __future__ import annotations

import math


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
