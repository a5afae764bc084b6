"""SplitMix64 is what was published, from any counter on."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from banc.runner.training.splitmix import BLOCK, splitmix64

CPU = torch.device("cpu")


def unsigned(key: int, begin: int, end: int) -> list[int]:
    return [number % 2**64 for number in splitmix64(key, begin, end, CPU).tolist()]


def as_published(key: int, place: int) -> int:
    """The reference, written down here once more."""
    mask = 2**64 - 1
    z = (key + (place + 1) * 0x9E3779B97F4A7C15) & mask
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return z ^ (z >> 31)


@pytest.mark.parametrize(
    ("key", "numbers"),
    [
        (0, [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]),
        (
            1234567,
            [
                6457827717110365317,
                3203168211198807973,
                9817491932198370423,
                4593380528125082431,
                16408922859458223821,
            ],
        ),
    ],
)
def test_published_numbers(key: int, numbers: list[int]) -> None:
    assert unsigned(key, 0, len(numbers)) == numbers


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**66), st.integers(0, 9))
def test_any_part_of_any_stream(key: int, begin: int, size: int) -> None:
    assert unsigned(key, begin, begin + size) == [
        as_published(key, place) for place in range(begin, begin + size)
    ]


def test_a_stream_of_several_pieces_is_one() -> None:
    whole = splitmix64(7, 0, 70_000, CPU)
    assert torch.equal(whole[33_001:66_000], splitmix64(7, 33_001, 66_000, CPU))
    assert [number % 2**64 for number in whole[-2:].tolist()] == [
        as_published(7, 69_998),
        as_published(7, 69_999),
    ]


@given(key=st.integers(0, 2**64 - 1), block=st.integers(0, 2**31), begin=st.integers(0, 2**32 - 9))
def test_a_block_may_be_told_by_a_tensor(key: int, block: int, begin: int) -> None:
    """A recorded step reads it where it is."""
    told = splitmix64(key, begin, begin + 9, CPU, torch.tensor(block))
    assert torch.equal(told, splitmix64(key, block * BLOCK + begin, block * BLOCK + begin + 9, CPU))
