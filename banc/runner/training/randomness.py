"""Stateless randomness: every random choice of a run as a function of what it is for.

In: the run's seed, a purpose and an index (epoch, step, layer). Out: numbers drawn on the CPU, or keys for
``dropout``, which draws by whole numbers where the network is; so they are equal on every device. Nothing is
kept between calls, so a resumed run draws what an unbroken one would, and no stream depends on another.

Orders, views and permutations come from Philox with a key of 128 bits: two streams of an experiment are
never one. Philox and the SHA-256 that makes its key are published algorithms, so these numbers are the same
with every version of torch and NumPy.

First weights are drawn by torch on the CPU, before a network goes to its device: so they are the same
whatever that is. Torch also draws what a person's own network asks of it beside ``nn.Dropout``, on the
device, seeded at each step; another kind of GPU may give other numbers. ``stream`` gives torch a seed of 63
bits, of which its generator on the CPU uses the low 32, and that on a GPU all. So among these streams some
are one: of a million about a hundred pairs. It does no harm. Two steps with the same draws are far apart, in
one run or in two; and two runs with the same first weights, of a thousand runs one pair in ten thousand
experiments, still see other images in another order.
"""

from __future__ import annotations

import hashlib
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Purpose = Literal["init", "order", "view", "dropout", "permutation", "cutout", "partner", "ratio"]
"""What a stream of random numbers is for."""


def key(seed: int, purpose: Purpose, *index: int) -> int:
    """Which stream it is: 128 bits of the SHA-256 of ``seed/purpose/index/...``."""
    name = "/".join((str(seed), purpose, *map(str, index)))
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:16], "big")


def stream(seed: int, purpose: Purpose, *index: int) -> int:
    """A seed for torch: the high 63 bits of the stream's key."""
    # A sign bit less than a half, so that it fits torch's signed integers.
    return key(seed, purpose, *index) >> 65


def stream64(seed: int, purpose: Purpose, *index: int) -> int:
    """A key for ``splitmix64``: the high 64 bits of the stream's key."""
    return key(seed, purpose, *index) >> 64


def draw(n: int, seed: int, purpose: Purpose, *index: int) -> NDArray[np.uint64]:
    """The first ``n`` numbers of a stream: each of 64 bits, uniform and independent."""
    # Philox4x64-10, Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3 (SC 2011). NumPy holds the
    # numbers of a bit generator fixed; what it makes of them, permutations for one, may change.
    return np.random.Philox(key=key(seed, purpose, *index)).random_raw(n)


def order(seed: int, epoch: int, n: int) -> Tensor:
    """The order of ``n`` samples in an epoch: a permutation, int64 (n,)."""
    return torch.from_numpy(np.argsort(draw(n, seed, "order", epoch), kind="stable"))


def view_of(seed: int, epoch: int, n: int, views: int) -> Tensor:
    """The view of every sample in an epoch, by the sample's index in the data set.

    Int64 (n,), below ``views``. It depends neither on the order nor on the batch in which a sample is seen.
    """
    # A remainder favours small views by a part of 2^64 / views, which nobody can measure.
    return torch.from_numpy((draw(n, seed, "view", epoch) % np.uint64(views)).astype(np.int64))


def centre_of(seed: int, epoch: int, n: int, pixels: int) -> Tensor:
    """The pixel at which cutout's square is centred, of every sample in an epoch.

    Int64 (n,), below ``pixels``, by the sample's index in the data set, as its view is.
    """
    return torch.from_numpy((draw(n, seed, "cutout", epoch) % np.uint64(pixels)).astype(np.int64))


def permutation_keys(seed: int, n: int, classes: int, *epoch: int) -> Tensor:
    """Numbers whose order is a permutation of the classes for every sample: float64 (n, classes) in [0, 1).

    Args:
        epoch: where it is given, each epoch has permutations of its own.
    """
    raw = draw(n * classes, seed, "permutation", *epoch).reshape(n, classes)
    # 53 bits, as many as such a number has: two keys of a sample are as good as never equal.
    return torch.from_numpy((raw >> np.uint64(11)) * 2.0**-53)
