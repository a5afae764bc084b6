"""Student, McNemar and Holm, held against SciPy, or where that has nothing, against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from banc.report.statistics.difference import by_seeds
from banc.report.statistics.holm import LEAST, LEVEL, holm
from banc.report.statistics.mcnemar import mcnemar
from banc.report.statistics.student import detectable_effect, t_cdf, t_quantile, two_sided


@given(st.floats(-50, 50), st.integers(1, 400))
def test_students_t_is_that_of_scipy(t: float, df: int) -> None:
    assert t_cdf(t, df) == pytest.approx(stats.t.cdf(t, df), abs=1e-10)  # SciPy is off by 1e-11 near 0
    assert two_sided(t, df) == pytest.approx(2 * stats.t.sf(abs(t), df), abs=1e-10)


@given(st.floats(0.5, 0.9999), st.integers(1, 400))
def test_so_are_its_quantiles(p: float, df: int) -> None:
    assert t_quantile(p, df) == pytest.approx(stats.t.ppf(p, df), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("df", [5, 19, 400])
@pytest.mark.parametrize("level", [0.05, 0.05 / 45])
def test_a_detectable_effect_has_the_power_that_scipy_says(df: int, level: float) -> None:
    critical = stats.t.ppf(1 - level / 2, df)
    effect = detectable_effect(df, level, 0.8)
    assert stats.nct.sf(critical, df, effect) == pytest.approx(0.8, abs=1e-6)


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 50))
def test_mcnemar_is_the_exact_binomial_test(one: int, two: int, both: int) -> None:
    first = np.repeat([True, False, True, False], [one, two, both, 7])
    second = np.repeat([False, True, True, False], [one, two, both, 7])
    other = stats.binomtest(one, one + two, 0.5).pvalue if one + two else 1.0
    assert mcnemar(first, second) == pytest.approx(other, rel=1e-9)
    assert mcnemar(second, first) == mcnemar(first, second)


@given(st.lists(st.integers(0, 60).map(lambda part: part / 600), min_size=1, max_size=6))
def test_holm_rejects_what_its_steps_reject(p_values: list[float]) -> None:
    """Step by step: the least p against 5 % / m, the next against 5 % / (m - 1), until one is too large."""
    rejected = set()
    for rank, at in enumerate(sorted(range(len(p_values)), key=lambda at: p_values[at])):
        if p_values[at] >= LEVEL / (len(p_values) - rank):
            break
        rejected.add(at)
    adjusted = holm(p_values)
    assert {at for at, p in enumerate(adjusted) if p < LEVEL} == rejected
    assert all(p <= q <= 1 for p, q in zip(p_values, adjusted, strict=True))


def test_holm_by_hand() -> None:
    """The least three times, the next twice, and none below a lesser one."""
    assert holm([0.02, 0.01, 0.015]) == pytest.approx((0.03, 0.03, 0.03))
    assert holm([0.01, 0.02, 0.9]) == pytest.approx((0.03, 0.04, 0.9))
    assert holm([0.6, 0.5]) == (1, 1)


def test_holm_of_nothing() -> None:
    assert holm([]) == ()


def test_numbers_of_seeds_are_compared_by_students_paired_test() -> None:
    generator = np.random.default_rng(0)
    first, second = generator.normal(5, 1, 20).tolist(), generator.normal(4.5, 1, 20).tolist()
    found, other = by_seeds(first, second), stats.ttest_rel(first, second)
    interval = other.confidence_interval(0.95)
    assert found.p == pytest.approx(other.pvalue)
    assert (found.low, found.high) == (pytest.approx(interval.low), pytest.approx(interval.high))
    assert (found.n, found.images) == (20, None)


def test_five_seeds_of_one_sign_are_no_evidence() -> None:
    """What ``LEAST`` rests on: the chance that all of n differences have one sign."""
    assert 2 * 0.5 ** (LEAST - 1) > LEVEL > 2 * 0.5**LEAST
    few = by_seeds([1.0, 1.1, 1.2, 1.3, 1.4], [0.0] * 5)
    assert (few.low, few.high, few.p, few.told_apart) == (None, None, None, False)
    assert few.mean == pytest.approx(1.2)


def test_differences_that_are_all_alike() -> None:
    assert by_seeds([2.0] * 6, [1.0] * 6).p == 0
    assert by_seeds([1.0] * 6, [1.0] * 6).p == 1
