"""What the probabilities of a network, or of an ensemble, tell besides error and loss.

In: log-probabilities float64 (N, K) and labels int64 (N,). Out: numbers, rounded as a score rounds them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from banc.stage.metrics import BINS, Bin, Quality

DIGITS = 6

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def quality(together: Floats, members: Sequence[Floats], labels: Ints) -> Quality:
    """Of the mean of ``members``, whose log is ``together``. One member has neither diversity nor gain."""
    bins = reliability(together, labels)
    several = len(members) > 1
    return Quality(
        top5_error=round(100 * top_error(together, labels, 5), DIGITS),
        brier=round(brier(together, labels), DIGITS),
        calibration_error=round(100 * calibration_error(bins), DIGITS),
        reliability=tuple(
            Bin(one_bin.images, round(one_bin.confidence, DIGITS), round(one_bin.accuracy, DIGITS))
            for one_bin in bins
        ),
        diversity=round(100 * diversity(members), DIGITS) if several else None,
        gain=round(100 * gain(together, members, labels), DIGITS) if several else None,
    )


def top_error(log_probs: Floats, labels: Ints, k: int) -> float:
    """How often the label is not among the ``k`` most probable classes; of equal ones, the first counts."""
    own = log_probs[np.arange(len(labels)), labels][:, None]
    before = np.arange(log_probs.shape[1]) < labels[:, None]
    rank = ((log_probs > own) | ((log_probs == own) & before)).sum(1)
    return float(np.mean(rank >= k))


def brier(log_probs: Floats, labels: Ints) -> float:
    """Brier, Verification of forecasts expressed in terms of probability (1950): summed over classes."""
    apart = np.exp(log_probs)
    apart[np.arange(len(labels)), labels] -= 1
    return float(np.mean((apart**2).sum(1)))


def reliability(log_probs: Floats, labels: Ints) -> list[Bin]:
    """Images by the highest probability: bin m holds those in ((m - 1) / BINS, m / BINS]."""
    confidence = np.exp(log_probs.max(1))
    right = log_probs.argmax(1) == labels
    place = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    images, sure, hits = (np.bincount(place, weights, BINS) for weights in (None, confidence, right))
    full = np.maximum(images, 1)
    return [
        Bin(int(n), min(float(c), 1.0), float(a))
        for n, c, a in zip(images, sure / full, hits / full, strict=True)
    ]


def calibration_error(bins: Sequence[Bin]) -> float:
    """The expected calibration error of Guo et al. (arXiv 1706.04599), equation 3."""
    images = sum(one_bin.images for one_bin in bins)
    return sum(one_bin.images * abs(one_bin.accuracy - one_bin.confidence) for one_bin in bins) / images


def diversity(members: Sequence[Floats]) -> float:
    """How often two members say different classes, averaged over all pairs of them."""
    said = np.stack([member.argmax(1) for member in members])
    pairs = [(said[i] != said[j]).mean() for i in range(len(said)) for j in range(i)]
    return float(np.mean(pairs))


def gain(together: Floats, members: Sequence[Floats], labels: Ints) -> float:
    """The members' mean error less that of their mean."""
    alone = float(np.mean([member.argmax(1) != labels for member in members]))
    return alone - float(np.mean(together.argmax(1) != labels))
