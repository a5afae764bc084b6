from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banc.runner.training.curve import PASSES, POINTS, SHARE, measured_epochs


@pytest.mark.parametrize(
    ("epochs", "images", "test_images", "expected"),
    [
        (40, 200, 1597, [40]),
        (40, 1200, 597, [8, 16, 24, 32, 40]),
        (1, 50_000, 10_000, [1]),
        (2, 50_000, 10_000, [2]),
        (21, 10**6, 1, list(range(1, 22))),
        (210, 10**6, 1, list(range(10, 211, 10))),
    ],
)
def test_they_are_spread_evenly_up_to_the_last(
    epochs: int, images: int, test_images: int, expected: list[int]
) -> None:
    assert sorted(measured_epochs(epochs, images, test_images)) == expected


@given(st.integers(1, 2000), st.integers(1, 10**7), st.integers(1, 10**6))
def test_they_cost_little_and_the_last_is_among_them(epochs: int, images: int, test_images: int) -> None:
    at = measured_epochs(epochs, images, test_images)
    assert epochs in at
    assert min(at) >= 1
    assert len(at) <= POINTS + 1
    assert (len(at) - 1) * test_images <= SHARE * PASSES * images * epochs
