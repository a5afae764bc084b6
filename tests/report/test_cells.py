"""Holds the numbers of a cell to their definitions."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from banc.report.cells import Counted, MeasuredCell

PERCENT = st.floats(0, 100, allow_subnormal=False)


def test_three_seeds() -> None:
    cell = MeasuredCell((17.0, 18.0, 20.5))
    assert cell.mean == 18.5
    assert cell.spread == pytest.approx(math.sqrt((1.5**2 + 0.5**2 + 2.0**2) / 2))
    assert (cell.n, cell.of, cell.complete) == (3, 3, True)


def test_one_seed_has_no_spread() -> None:
    cell = MeasuredCell((17.0,))
    assert (cell.mean, cell.spread, cell.complete) == (17.0, None, True)


def test_an_unfinished_seed_counts_for_nothing_but_what_is_expected() -> None:
    cell = MeasuredCell((17.0, None, 18.0))
    assert (cell.mean, cell.n, cell.of, cell.complete) == (17.5, 2, 3, False)
    assert cell.spread == pytest.approx(math.sqrt(0.5))


@given(st.lists(st.none() | PERCENT, min_size=1))
def test_mean_and_spread_are_the_sample_s(errors: list[float | None]) -> None:
    finished = [error for error in errors if error is not None]
    assume(finished)
    cell = MeasuredCell(tuple(errors))
    mean = math.fsum(finished) / len(finished)
    assert cell.mean == pytest.approx(mean)
    assert (cell.spread is None) == (len(finished) == 1)
    if cell.spread is not None:
        squares = math.fsum((error - mean) ** 2 for error in finished)
        assert cell.spread == pytest.approx(math.sqrt(squares / (len(finished) - 1)), abs=1e-9)


@pytest.mark.parametrize(
    ("parameters", "published", "differs"),
    [
        (7_490_000, 6.3, True),
        (16_240_000, 16.1, False),
        (36_540_000, 36.0, True),
        (36_360_000, 36.0, False),
        (27_400, None, False),
        (27_400, 0.03, True),
    ],
)
def test_a_count_differs_past_one_percent(parameters: int, published: float | None, differs: bool) -> None:
    assert Counted(parameters, published).differs is differs
