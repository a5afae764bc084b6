"""The two-way bootstrap against loops that resample, SciPy's bootstrap, and the analysis of variance."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from banc.report.statistics.bootstrap import DRAWS, image_draws, seed_draws
from banc.report.statistics.difference import Difference, by_seeds, by_seeds_and_images, detectable

BOTH = tuple[np.ndarray, np.ndarray]


def made(generator: np.random.Generator, seeds: int, images: int, of_seeds: float, of_images: float) -> BOTH:
    """Two ways with the same true error; ``of_*``: by how much seeds, and images for one way, differ."""
    hard = generator.beta(0.3, 4, images) + 0.15
    shift = generator.normal(0, of_images, images)
    sides = []
    for sign in (-0.5, 0.5):
        chance = hard + sign * shift + generator.normal(0, of_seeds, (seeds, 1))
        sides.append(generator.random((seeds, images)) < chance)
    return sides[0], sides[1]


def difference(first: np.ndarray, second: np.ndarray) -> Difference:
    drawn = image_draws(np.stack([first.sum(0), second.sum(0)])) / len(first)
    return by_seeds_and_images(first, second, seed_draws(len(first)), drawn[:, 0] - drawn[:, 1])


def test_images_are_drawn_as_scipy_draws_them() -> None:
    wrong = np.random.default_rng(1).integers(0, 4, 300)
    other = stats.bootstrap((wrong,), np.mean, n_resamples=DRAWS, method="percentile", rng=2)
    drawn = image_draws(wrong[None])[:, 0]
    assert drawn.shape == (DRAWS,)
    assert drawn.mean() == pytest.approx(wrong.mean(), abs=4 * drawn.std() / DRAWS**0.5)
    assert drawn.std() == pytest.approx(other.standard_error, rel=0.03)
    interval = np.quantile(drawn, [0.025, 0.975])
    assert interval == pytest.approx(list(other.confidence_interval), abs=0.15 * drawn.std())


def test_all_rows_share_the_draws() -> None:
    wrong = np.random.default_rng(2).integers(0, 4, (2, 100))
    both = image_draws(np.stack([wrong[0], wrong[1], wrong[0] - wrong[1]]))
    assert both[:, 0] - both[:, 1] == pytest.approx(both[:, 2], abs=1e-6)


def test_weights_of_seeds_are_counts() -> None:
    weights = seed_draws(7)
    assert weights.shape == (DRAWS, 7)
    assert weights.sum(1) == pytest.approx(np.ones(DRAWS))
    assert np.allclose(weights * 7, np.round(weights * 7))
    assert weights.mean(0) == pytest.approx(np.full(7, 1 / 7), rel=0.03)
    assert np.var(weights * 7, axis=0) == pytest.approx(np.full(7, 1 - 1 / 7), rel=0.06)


def test_the_draws_are_the_same_each_time() -> None:
    assert (seed_draws(6) == seed_draws(6)).all()


def test_seeds_are_drawn_independently_of_images() -> None:
    of_images = image_draws(np.eye(6, dtype=np.int64))
    assert abs(np.corrcoef(seed_draws(6)[:, 0], of_images[:, 0])[0, 1]) < 0.04


@pytest.mark.parametrize("seeds", [6, 20])
@pytest.mark.parametrize(("of_seeds", "of_images"), [(0.0, 0.0), (0.05, 0.0), (0.0, 0.3), (0.05, 0.3)])
def test_the_standard_error_is_that_of_the_analysis_of_variance(
    seeds: int, of_seeds: float, of_images: float
) -> None:
    """Two crossed random factors: MS of seeds + MS of images - MS of the rest, over all of them."""
    first, second = made(np.random.default_rng(3), seeds, 300, of_seeds, of_images)
    apart = first.astype(float) - second
    n, images = apart.shape
    of_seed, of_image = apart.mean(1, keepdims=True), apart.mean(0, keepdims=True)
    rest = ((apart - of_seed - of_image + apart.mean()) ** 2).sum() / ((n - 1) * (images - 1))
    by_seed = images * np.var(of_seed, ddof=1)
    by_image = max(n * np.var(of_image, ddof=1), rest)
    expected = 100 * np.sqrt((by_seed + by_image - rest) / apart.size)
    found = difference(first, second)
    assert found.error == pytest.approx(expected, rel=0.03)
    assert found.mean == pytest.approx(100 * apart.mean())


def test_without_an_effect_of_images_it_is_the_paired_test_of_the_seeds() -> None:
    first, second = made(np.random.default_rng(5), 20, 400, 0.04, 0.0)
    found, seeds = difference(first, second), by_seeds(100 * first.mean(1), 100 * second.mean(1))
    assert found.error is not None
    assert found.error >= 0.98 * (seeds.error or 0)
    assert (found.low, found.high) == (
        pytest.approx(seeds.low, abs=0.3 * found.error),
        pytest.approx(seeds.high, abs=0.3 * found.error),
    )


@pytest.mark.parametrize("seeds", [6, 20])
def test_its_intervals_hold_the_truth_as_often_as_they_say(seeds: int) -> None:
    """Of 120 experiments without a difference, binomial: below 107 or at 120 with less than 1 % each."""
    generator = np.random.default_rng(6)
    held = 0
    for at in range(120):
        found = difference(*made(generator, seeds, 80, 0.05, (0.0, 0.2)[at % 2]))
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0 <= found.high
    assert 107 <= held <= 119


def test_few_seeds_make_it_as_wide_as_students_quantiles_do() -> None:
    """Of six seeds 2.57 standard errors to each side, where the normal distribution has 1.96."""
    found = difference(*made(np.random.default_rng(5), 6, 400, 0.0, 0.3))
    assert found.error is not None
    assert ((found.high or 0) - (found.low or 0)) / 2 == pytest.approx(2.57 * found.error, rel=0.05)


def test_a_table_without_differences_seldom_claims_one() -> None:
    """Of 40 tables more than 7 have a chance of 0.1 %. The program makes the numbers that the page prints."""
    simulate = runpy.run_path(str(Path(__file__).with_name("simulate.py")))
    tables = simulate["all_differences"](40, 6, "seeds")
    assert {len(table) for table in tables} == {15}
    assert sum(map(simulate["claims"], tables)) <= 7
    held = [simulate["holds"](one) for table in tables for one in table]
    assert 0.9 < np.mean(held) < 0.99


def test_few_seeds_tell_nothing() -> None:
    found = difference(*made(np.random.default_rng(7), 5, 50, 0, 0))
    assert (found.n, found.images, found.low, found.p, found.told_apart) == (5, 50, None, None, False)


@pytest.mark.parametrize(("n", "comparisons"), [(6, 15), (12, 3)])
def test_the_detectable_difference_is_detected_as_often_as_it_says(n: int, comparisons: int) -> None:
    generator = np.random.default_rng(8)
    size = detectable(Difference(0.0, n, error=1.0), comparisons)
    assert size is not None
    samples = generator.normal(size, np.sqrt(n), (20_000, n))
    seen = stats.ttest_1samp(samples, 0, axis=1).pvalue < 0.05 / comparisons
    assert seen.mean() == pytest.approx(0.8, abs=0.01)
    assert detectable(Difference(0.0, 2), 1) is None
