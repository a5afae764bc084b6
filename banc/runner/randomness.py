"""Stateless randomness: every random choice of a run as a function of what it is for.

In: the run's seed, a purpose and an index (epoch, step). Out: numbers, equal on every device, since all
are drawn on the CPU. Nothing is kept between calls, so a resumed run draws what an unbroken one would,
and no stream depends on another.
"""

from __future__ import annotations

import hashlib
from typing import Literal

import torch
from torch import Generator, Tensor

Purpose = Literal["init", "order", "view", "dropout", "permutation"]
"""What a stream of random numbers is for."""


def stream(seed: int, purpose: Purpose, *index: int) -> int:
    """The seed of one stream: 63 bits of the SHA-256 of ``seed/purpose/index/...``."""
    name = "/".join((str(seed), purpose, *map(str, index)))
    # A sign bit less, so that it fits torch's and numpy's signed integers.
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") >> 1


def generator(seed: int, purpose: Purpose, *index: int) -> Generator:
    """A fresh generator on the CPU at the beginning of one stream."""
    return Generator().manual_seed(stream(seed, purpose, *index))


def order(seed: int, epoch: int, n: int) -> Tensor:
    """The order of ``n`` samples in an epoch: a permutation, int64 (n,)."""
    return torch.randperm(n, generator=generator(seed, "order", epoch))


def view_of(seed: int, epoch: int, n: int, views: int) -> Tensor:
    """The view of every sample in an epoch, by the sample's index in the data set.

    Int64 (n,), below ``views``. It depends neither on the order nor on the batch in which a sample is seen.
    """
    return torch.randint(views, (n,), generator=generator(seed, "view", epoch))
