"""Held against scikit-learn, and where that has nothing, against loops that say what is meant."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import top_k_accuracy_score

from banc.runner.quality import brier, calibration_error, diversity, gain, quality, reliability, top_error
from banc.runner.score import average_of

LABELS = np.array([0, 1, 2, 1])


def made(seed: int, images: int = 500, classes: int = 12) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    logits = 2 * generator.standard_normal((images, classes))
    labels = generator.integers(0, classes, images)
    logits[np.arange(images), labels] += 2
    return logits - np.log(np.exp(logits).sum(1, keepdims=True)), labels


@pytest.mark.parametrize("k", [1, 2, 5])
def test_top_errors_are_those_of_scikit_learn(k: int) -> None:
    log_probs, labels = made(k)
    other = 1 - top_k_accuracy_score(labels, log_probs, k=k, labels=range(12))
    assert top_error(log_probs, labels, k) == pytest.approx(other)


def test_of_equal_classes_the_first_is_said() -> None:
    log_probs = np.log(np.full((4, 3), 1 / 3))
    assert top_error(log_probs, LABELS, 1) == np.mean(log_probs.argmax(1) != LABELS) == 0.75
    assert [top_error(log_probs, LABELS, k) for k in (2, 3)] == [0.25, 0]


def test_brier_image_by_image() -> None:
    log_probs, labels = made(0)
    by_hand = [
        sum((np.exp(row[k]) - (k == label)) ** 2 for k in range(12))
        for row, label in zip(log_probs, labels, strict=True)
    ]
    assert brier(log_probs, labels) == pytest.approx(np.mean(by_hand))


def test_the_brier_score_reaches_from_0_to_2() -> None:
    sure = np.full((4, 3), -np.inf)
    sure[np.arange(4), LABELS] = 0
    assert brier(sure, LABELS) == 0
    assert brier(sure, (LABELS + 1) % 3) == 2


def test_calibration_bin_by_bin() -> None:
    log_probs, labels = made(1)
    probs = np.exp(log_probs)
    bins: dict[int, list[tuple[float, bool]]] = {}
    for row, label in zip(probs, labels, strict=True):
        place = next(m for m in range(1, 16) if row.max() <= m / 15)
        bins.setdefault(place, []).append((row.max(), row.argmax() == label))
    by_hand = (
        sum(
            abs(sum(hit for _, hit in one_bin) - sum(sure for sure, _ in one_bin))
            for one_bin in bins.values()
        )
        / 500
    )
    found = reliability(log_probs, labels)
    assert calibration_error(found) == pytest.approx(by_hand)
    assert {at + 1: one_bin.images for at, one_bin in enumerate(found) if one_bin.images} == {
        place: len(images) for place, images in bins.items()
    }


def test_a_network_that_is_right_as_often_as_it_says_is_calibrated() -> None:
    log_probs = np.log(np.array([[0.75, 0.25]] * 4))
    assert calibration_error(reliability(log_probs, np.array([0, 0, 0, 1]))) == pytest.approx(0)
    assert calibration_error(reliability(log_probs, np.array([1, 1, 1, 1]))) == pytest.approx(0.75)


def test_a_certain_network_is_in_the_last_bin() -> None:
    certain = np.array([[1e-17, -50.0]] * 3)  # rounding may lift a probability above 1
    found = reliability(certain, np.zeros(3, int))
    assert (found[-1].images, found[-1].confidence, found[-1].accuracy) == (3, 1.0, 1.0)


def test_diversity_and_gain_of_an_ensemble() -> None:
    several = [made(seed, images=200)[0] for seed in (2, 3, 4)]
    labels = made(2, images=200)[1]
    together = average_of(several, "probabilities")
    a, b, c = (outputs.argmax(1) for outputs in several)
    assert diversity(several) == pytest.approx(np.mean([(a != b).mean(), (b != c).mean(), (a != c).mean()]))
    errors = [(outputs.argmax(1) != labels).mean() for outputs in several]
    assert gain(together, several, labels) == pytest.approx(
        np.mean(errors) - (together.argmax(1) != labels).mean()
    )


def test_what_is_written_is_in_percent_but_for_the_brier_score() -> None:
    several, labels = [made(seed)[0] for seed in (2, 3)], made(2)[1]
    together = average_of(several, "probabilities")
    found = quality(together, several, labels)
    assert found.top5_error == pytest.approx(100 * top_error(together, labels, 5), abs=1e-6)
    assert found.top5_error != pytest.approx(100 * top_error(together, labels, 4), abs=1e-6)
    expected = calibration_error(reliability(together, labels))
    assert found.calibration_error == pytest.approx(100 * expected, abs=1e-6)
    assert found.brier == pytest.approx(brier(together, labels), abs=1e-6)
    assert found.diversity == pytest.approx(100 * diversity(several), abs=1e-6)
    assert found.gain == pytest.approx(100 * gain(together, several, labels), abs=1e-6)


def test_a_network_alone_has_neither() -> None:
    log_probs, labels = made(5)
    found = quality(log_probs, [log_probs], labels)
    assert (found.diversity, found.gain) == (None, None)
    together = quality(log_probs, [log_probs, log_probs], labels)
    assert (together.diversity, together.gain) == (0, 0)
    assert together.brier == found.brier
