"""The same on real outputs: those of the study, 20 seeds of each treatment, as they are committed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from banc.report.statistics.bootstrap import image_draws, seed_draws
from banc.report.statistics.difference import by_seeds_and_images
from banc.report.statistics.mcnemar import mcnemar
from banc.stage.details import details_from

Wrong = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def scores(checkout: Path) -> dict[str, np.ndarray]:
    """On which images each network errs, by address."""
    scores = json.loads((checkout / "results/study/details.json").read_text())["scores"]
    return {address: details_from(value).outcomes > 0 for address, value in scores.items()}


@pytest.fixture(scope="module")
def wrong(scores: dict[str, np.ndarray]) -> Wrong:
    """(20, 1597) of the teacher, its first student, and the three generations with it."""
    of = {
        "teacher": "score-wide-resnet-10-1-labels-s{0}-",
        "ban-l-1": "score-wide-resnet-10-1-ban-l-s10{0:02}-",
        "ens-4": "score-wide-resnet-10-1-ban-l-s10{0:02}-ens4-",
    }

    def one(begin: str) -> np.ndarray:
        (found,) = [
            row for address, row in scores.items()
            if address.startswith(begin) and len(address) == len(begin) + 12
        ]  # fmt: skip
        return found

    return {name: np.stack([one(text.format(seed)) for seed in range(20)]) for name, text in of.items()}


def test_outcomes_are_those_of_the_errors(checkout: Path, scores: dict[str, np.ndarray]) -> None:
    metrics = json.loads((checkout / "results/study/results.json").read_text())["scores"]
    assert metrics.keys() == scores.keys()
    for address, row in scores.items():
        assert metrics[address]["test_error"] == pytest.approx(100 * row.mean(), abs=1e-6)


@pytest.mark.parametrize("name", ["ban-l-1", "ens-4"])
def test_a_difference_is_that_of_loops_and_of_the_analysis_of_variance(wrong: Wrong, name: str) -> None:
    first, second = wrong[name], wrong["teacher"]
    drawn = image_draws(np.stack([first.sum(0), second.sum(0)])) / 20
    found = by_seeds_and_images(first, second, seed_draws(20), drawn[:, 0] - drawn[:, 1])
    apart = first.astype(float) - second
    assert found.mean == pytest.approx(100 * apart.mean())
    n, images = apart.shape
    of_seed, of_image = apart.mean(1, keepdims=True), apart.mean(0, keepdims=True)
    rest = ((apart - of_seed - of_image + apart.mean()) ** 2).sum() / ((n - 1) * (images - 1))
    variance = images * np.var(of_seed, ddof=1) + max(n * np.var(of_image, ddof=1), rest) - rest
    assert found.error == pytest.approx(100 * np.sqrt(variance / apart.size), rel=0.03)

    # Both ways drawn at once, without correction, count what single images of single seeds do three times.
    generator, plain = np.random.default_rng(0), []
    for _ in range(400):
        seeds, places = generator.integers(0, n, n), generator.integers(0, images, images)
        plain.append(100 * apart[seeds][:, places].mean())
    assert found.error is not None
    assert found.error <= 1.05 * np.std(plain) <= 3**0.5 * 1.1 * found.error


def test_mcnemar_of_two_of_its_networks(wrong: Wrong) -> None:
    first, second = wrong["ens-4"][0], wrong["teacher"][0]
    alone = int((first & ~second).sum()), int((second & ~first).sum())
    assert mcnemar(first, second) == pytest.approx(stats.binomtest(alone[0], sum(alone), 0.5).pvalue)
