"""Holm's correction: of many differences, which can be claimed together."""

from __future__ import annotations

from collections.abc import Sequence

LEVEL = 0.05
"""How often a table may claim anything wrongly."""

LEAST = 6
"""Seeds from which a difference can be told from chance: five differences have one sign by chance in 2 of
32 cases, which is more than ``LEVEL``."""


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p-values: claiming those below 5 % claims anything wrongly in at most 5 % of tables.

    Holm, A simple sequentially rejective multiple test procedure (1979).
    """
    order = sorted(range(len(p_values)), key=lambda at: p_values[at])
    adjusted = [1.0] * len(p_values)
    least = 0.0
    for rank, at in enumerate(order):
        least = max(least, min(1.0, (len(p_values) - rank) * p_values[at]))
        adjusted[at] = least
    return tuple(adjusted)
