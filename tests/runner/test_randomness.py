"""Streams are fixed for ever, differ by everything they are named by, and depend on nothing else."""

from __future__ import annotations

from typing import get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from banc.runner.randomness import Purpose, generator, order, stream, view_of

seeds = st.integers(0, 2**40)
epochs = st.integers(0, 10_000)


def test_golden_streams() -> None:
    """These numbers are in every result ever trained: they must not move."""
    assert stream(0, "init") == 1_519_069_808_562_059_438
    assert stream(0, "order", 1) == 4_489_457_307_835_839_548
    assert stream(7, "dropout", 3, 12) == 8_634_081_041_573_212_088


def test_golden_draws() -> None:
    """What torch makes of a stream. If torch changes this, results no longer repeat across versions."""
    assert order(0, 1, 8).tolist() == [2, 1, 6, 3, 5, 7, 4, 0]
    assert view_of(0, 1, 8, 162).tolist() == [90, 123, 94, 143, 86, 128, 67, 54]


def test_streams_differ_by_seed_purpose_and_index() -> None:
    named = [
        (seed, purpose, index)
        for seed in (0, 1, 11)
        for purpose in get_args(Purpose)
        for index in ((), (0,), (1,), (11,), (0, 0), (1, 1), (1, 11), (11, 1))
    ]
    assert len({stream(seed, purpose, *index) for seed, purpose, index in named}) == len(named)


@given(seeds, st.lists(epochs, max_size=3))
def test_streams_fit_a_signed_integer(seed: int, index: list[int]) -> None:
    assert 0 <= stream(seed, "view", *index) < 2**63


@given(seeds, epochs, st.integers(1, 300))
def test_order_is_a_permutation(seed: int, epoch: int, n: int) -> None:
    drawn = order(seed, epoch, n)
    assert drawn.dtype == torch.int64
    assert drawn.sort().values.tolist() == list(range(n))


@given(seeds, epochs, st.integers(1, 200), st.sampled_from([1, 9, 162]))
def test_views_are_in_range(seed: int, epoch: int, n: int, views: int) -> None:
    drawn = view_of(seed, epoch, n, views)
    assert drawn.shape == (n,)
    assert set(drawn.tolist()) <= set(range(views))


@pytest.mark.parametrize("draw", [order, lambda *key: view_of(*key, 162)])
def test_draws_change_with_epoch_and_seed_and_with_nothing_else(draw: object) -> None:
    assert callable(draw)
    first = draw(0, 0, 200)
    torch.manual_seed(3)
    torch.rand(5)
    assert torch.equal(draw(0, 0, 200), first), "no state between calls, global or own"
    assert not torch.equal(draw(0, 1, 200), first)
    assert not torch.equal(draw(1, 0, 200), first)


def test_drawing_leaves_the_global_generator_alone() -> None:
    before = torch.get_rng_state()
    order(0, 0, 10)
    view_of(0, 0, 10, 162)
    assert torch.equal(torch.get_rng_state(), before)


def test_every_view_is_equally_likely() -> None:
    drawn = torch.bincount(view_of(5, 2, 162_000, 162), minlength=162)
    chi_squared = ((drawn - 1000.0) ** 2 / 1000).sum().item()
    assert 161 - 5 * 18 < chi_squared < 161 + 5 * 18, "161 degrees of freedom, deviation 18"


def test_generator_is_a_fresh_one_on_the_cpu() -> None:
    first, second = generator(1, "dropout", 2), generator(1, "dropout", 2)
    assert first.device.type == "cpu"
    assert torch.equal(torch.rand(4, generator=first), torch.rand(4, generator=second))
