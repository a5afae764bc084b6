"""Mixup: who is mixed with whom, in which shares, to which image."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, chisquare  # type: ignore[import-untyped]

from banc.runner.training.mixup import LEVELS, _thresholds, levels_of, mix, partners_of

N = 60_000


@given(n=st.integers(1, 300), seed=st.integers(0, 9999), epoch=st.integers(0, 300))
def test_each_image_is_a_partner_once_an_epoch(n: int, seed: int, epoch: int) -> None:
    assert sorted(partners_of(seed, epoch, n).tolist()) == list(range(n))


def test_partners_and_shares_differ_by_seed_and_epoch() -> None:
    drawn = [
        (partners_of(seed, epoch, 99), levels_of(seed, epoch, 99, 0.4))
        for seed, epoch in ((0, 0), (0, 1), (1, 0))
    ]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        for ours, theirs in zip(drawn[one], drawn[other], strict=True):
            assert (ours != theirs).float().mean() > 0.5


@pytest.mark.parametrize("alpha", [0.1, 0.2, 1.0, 8.0])
def test_shares_are_those_of_the_beta_distribution(alpha: float) -> None:
    """Each level is drawn as often as the distribution has mass nearest to it."""
    levels = levels_of(3, 7, N, alpha).numpy()
    edges = np.concatenate(([0.0], (np.arange(LEVELS) + 0.5) / LEVELS, [1.0]))
    expected = N * np.diff(beta(alpha, alpha).cdf(edges))
    # Few fall far out of the middle for a large alpha: these count together.
    many = expected >= 5
    observed = np.bincount(levels, minlength=LEVELS + 1)
    rest = [observed[~many].sum()], [expected[~many].sum()]
    seen, wanted = ([*each[many], *other] for each, other in ((observed, rest[0]), (expected, rest[1])))
    if not wanted[-1]:
        seen, wanted = seen[:-1], wanted[:-1]
    assert chisquare(seen, wanted).pvalue > 0.01


def test_the_smallest_alphas_are_one_whatever_scipy_makes_of_them() -> None:
    assert np.array_equal(_thresholds(1e-300), _thresholds(1e-30))


@pytest.mark.parametrize("alpha", [1e-300, 1e-6, 1e-3, 1000.0])
def test_a_share_is_a_share_for_any_alpha(alpha: float) -> None:
    levels = levels_of(0, 0, 1000, alpha)
    assert 0 <= int(levels.min()) <= int(levels.max()) <= LEVELS
    extreme = ((levels == 0) | (levels == LEVELS)).float().mean()
    assert extreme > 0.9 if alpha < 1 else (levels - LEVELS // 2).abs().max() < LEVELS // 8


def test_a_mixture_is_what_exact_arithmetic_rounds_to() -> None:
    source = torch.Generator().manual_seed(0)
    images, others = torch.randint(256, (2, LEVELS + 1, 3, 4, 5), generator=source, dtype=torch.uint8)
    levels = torch.arange(LEVELS + 1)
    ratio = (levels.double() / LEVELS)[:, None, None, None]
    exact = ratio * images.double() + (1 - ratio) * others.double()
    assert torch.equal(mix(images, others, levels), (exact + 0.5).floor().to(torch.uint8))


@given(level=st.integers(0, LEVELS), brightness=st.integers(0, 255))
def test_the_whole_share_of_an_image_is_the_image_and_so_is_it_mixed_with_itself(
    level: int, brightness: int
) -> None:
    image = torch.tensor([[[[brightness, 255 - brightness]]]], dtype=torch.uint8)
    other = torch.tensor([[[[7, 250]]]], dtype=torch.uint8)
    assert torch.equal(mix(image, other, torch.tensor([LEVELS])), image)
    assert torch.equal(mix(image, other, torch.tensor([0])), other)
    assert torch.equal(mix(image, image, torch.tensor([level])), image)
