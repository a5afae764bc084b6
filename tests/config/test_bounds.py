"""Intervals, and how they are told."""

from __future__ import annotations

import math

import pytest

from banc.config.bounds import Bound


@pytest.mark.parametrize(
    ("bound", "inside", "outside", "told"),
    [
        (Bound(at_least=1), [1, 1.5, math.inf], [0.99, -1], "at least 1"),
        (Bound(above=0), [1e-300, 7], [0, -1], "above 0"),
        (Bound(at_least=0, below=1), [0, 0.999], [1, -0.1], "at least 0 and below 1"),
        (Bound(above=0, at_most=1), [1, 0.5], [0, 1.1], "above 0 and at most 1"),
        (Bound(), [-math.inf, 0, math.inf], [], ""),
    ],
    ids=str,
)
def test_a_bound(bound: Bound, inside: list[float], outside: list[float], told: str) -> None:
    assert all(bound.admits(value) for value in inside)
    assert not any(bound.admits(value) for value in outside)
    assert str(bound) == told
