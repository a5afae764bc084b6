"""Streams are fixed for ever, differ by everything they are named by, and depend on nothing else."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator

from banc.runner.training.randomness import Purpose, draw, key, order, permutation_keys, stream, view_of

seeds = st.integers(0, 2**40)
epochs = st.integers(0, 10_000)


def test_golden_streams() -> None:
    """These numbers are in every result ever trained: they must not move."""
    assert stream(0, "init") == 1_519_069_808_562_059_438
    assert stream(0, "order", 1) == 4_489_457_307_835_839_548
    assert stream(7, "dropout", 3, 12) == 8_634_081_041_573_212_088


def test_golden_draws() -> None:
    """SHA-256, Philox and a sort: no version of torch or NumPy may change these."""
    assert draw(3, 0, "order", 1).tolist() == [
        14052988559139885137,
        13443678528725956161,
        7842590813101427434,
    ]
    assert order(0, 1, 8).tolist() == [4, 7, 2, 3, 6, 5, 1, 0]
    assert view_of(0, 1, 8, 162).tolist() == [58, 61, 136, 84, 9, 72, 87, 101]
    assert permutation_keys(0, 2, 2).flatten().tolist() == [
        0.6270031634459634,
        0.8911685843932334,
        0.5673523514848171,
        0.7760606063320924,
    ]


def test_draws_are_philox_as_published() -> None:
    """Salmon et al. (SC 2011), 10 rounds over a counter, written down here once more."""
    key = int.from_bytes(hashlib.sha256(b"7/order/3").digest()[:16], "big")
    assert (
        draw(9, 7, "order", 3).tolist() == [word for block in range(1, 4) for word in philox(key, block)][:9]
    )


def philox(named: int, counter: int) -> list[int]:
    low, mask = [named % 2**64, named >> 64], 2**64 - 1
    c = [counter, 0, 0, 0]
    for _ in range(10):
        first, second = 0xD2E7470EE14C6C93 * c[0], 0xCA5A826395121157 * c[2]
        c = [(second >> 64) ^ c[1] ^ low[0], second & mask, (first >> 64) ^ c[3] ^ low[1], first & mask]
        low = [(low[0] + 0x9E3779B97F4A7C15) & mask, (low[1] + 0xBB67AE8584CAA73B) & mask]
    return c


def test_no_two_streams_of_an_experiment_are_one() -> None:
    """Among 400,000 some twenty pairs share 32 bits, which is all that torch takes on a CPU."""
    keys = [
        key(seed, purpose, epoch)
        for purpose in ("order", "view")
        for seed in range(1000)
        for epoch in range(200)
    ]
    assert len(set(keys)) == 400_000
    assert 5 < 400_000 - len({(key >> 65) % 2**32 for key in keys}) < 40
    firsts = {int(draw(1, seed, "view", epoch)[0]) for seed in range(20) for epoch in range(100)}
    assert len(firsts) == 2000


def test_what_torch_makes_of_a_seed_on_a_cpu() -> None:
    """The low half decides, as the module says. Where torch learns to use all of it, say so there."""
    low = stream(0, "init") % 2**32
    first, second = (
        torch.rand(4, generator=Generator().manual_seed(seed)) for seed in (low, low + (5 << 32))
    )
    assert torch.equal(first, second)
    assert not torch.equal(first, torch.rand(4, generator=Generator().manual_seed(low + 1)))


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


def test_permutation_keys_are_uniform_and_differ_by_epoch() -> None:
    keys = permutation_keys(5, 20_000, 10, 2)
    assert keys.dtype == torch.float64
    assert keys.shape == (20_000, 10)
    assert keys.min() >= 0 and keys.max() < 1
    largest = torch.bincount(keys.argmax(1), minlength=10)
    chi_squared = ((largest - 2000.0) ** 2 / 2000).sum().item()
    assert chi_squared < 9 + 5 * 18**0.5, "9 degrees of freedom"
    assert keys.mean().item() == pytest.approx(0.5, abs=5 / (12 * 200_000) ** 0.5)
    assert not torch.equal(keys, permutation_keys(5, 20_000, 10, 3))
    assert not torch.equal(keys, permutation_keys(5, 20_000, 10))
    # By the sample's index: more images change nothing of the first ones.
    assert torch.equal(keys[:7], permutation_keys(5, 7, 10, 2))


def test_every_order_is_equally_likely() -> None:
    counts = Counter(tuple(order(seed, 0, 3).tolist()) for seed in range(6000))
    chi_squared = sum((count - 1000) ** 2 / 1000 for count in counts.values())
    assert len(counts) == 6
    assert chi_squared < 5 + 5 * 10**0.5, "5 degrees of freedom"
