"""SplitMix64: 64 bits as a function of a key and a counter, in whole numbers on whatever device.

Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators (OOPSLA 2014): number i of the stream
with key k mixes k + (i + 1) x 0x9E3779B97F4A7C15. Products, sums, shifts and exclusive ors of 64 bits are
exact, so a CPU and every GPU give the same numbers, from any counter on and in whatever pieces.
"""

from __future__ import annotations

import torch
from torch import Tensor

STEP = 0x9E3779B97F4A7C15
MIX = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1))
"""Rounds of the mix: shifted by so many bits and combined, then multiplied."""

BLOCK = 2**32
"""Numbers that a step of a training has."""

_PIECE = 2**15
"""Numbers at a time on a CPU: with what they are made of they fit its cache, a factor of four to eight."""


def splitmix64(key: int, begin: int, end: int, device: torch.device, block: Tensor | None = None) -> Tensor:
    """Numbers ``begin`` to ``end`` of the stream ``key``: int64 (end - begin,), each of 64 random bits.

    Args:
        block: where it is given, they are counted from the first number of this block of ``BLOCK``: int64 (),
            read on the device.
    """
    numbers = torch.empty(end - begin, dtype=torch.int64, device=device)
    piece = max(1, len(numbers) if device.type == "cuda" else min(_PIECE, len(numbers)))
    counters = torch.arange(1, piece + 1, device=device).mul_(_signed(STEP))
    if block is not None:
        counters += block * _signed(BLOCK * STEP)
    scratch = torch.empty_like(counters)
    for first in range(0, len(numbers), piece):
        mixed = numbers[first : first + piece]
        shifted = scratch[: len(mixed)]
        torch.add(counters[: len(mixed)], _signed(key + (begin + first) * STEP), out=mixed)
        for bits, factor in MIX:
            # Torch's shift copies the sign, which the mask takes off.
            torch.bitwise_right_shift(mixed, bits, out=shifted)
            mixed ^= shifted.bitwise_and_(2 ** (64 - bits) - 1)
            if factor != 1:
                mixed *= _signed(factor)
    return numbers


def _signed(number: int) -> int:
    """The number of torch's int64 that has the same low 64 bits."""
    return (number + 2**63) % 2**64 - 2**63
