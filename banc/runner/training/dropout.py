"""Dropout whose mask is a function of (seed, step, layer, place), the same on every device.

In: a network and a seed. Out: the same network, whose ``nn.Dropout`` layers draw by ``splitmix64``. Whether a
unit is dropped compares whole numbers, so a CPU and every GPU drop the same ones. Places are counted through
the recipe's whole batch: micro-batches and processes take their part of one mask, and how images lie in
memory does not matter.

A unit has 16 bits: it is dropped with the probability nearest to p of those that are k / 65536, and what is
kept is scaled by 1 / (1 - k / 65536), so that the mean is exact. Two steps of a layer share no number. Two
layers have keys of 64 bits: that any of their masks overlap in a training of a million steps is less likely
than one in a million for each pair of layers with up to 2^24 units a batch, and would do no harm.

Other random numbers of a person's own network, and dropout that is no ``nn.Dropout`` (``nn.Dropout2d``,
``torch.nn.functional.dropout``), come from torch's generator, which differs from device to device.
"""

from __future__ import annotations

from functools import cache
from typing import Any, cast

import torch
from torch import Tensor, nn

from banc.errors import BancError
from banc.runner.training.group import BatchSlice
from banc.runner.training.randomness import stream64
from banc.runner.training.splitmix import splitmix64

LEVELS = 2**16
"""How many probabilities there are."""
_UNITS = 4
"""Of a layer that share a number of 64 bits."""


class Masks:
    """Where a training is: what its layers draw for."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.step, self.part, self.forward = torch.zeros((), dtype=torch.int64), BatchSlice(0, 0, 0), 0
        """The step of the training, the images that go through the network now, and how often any have."""

    def begin(self, step: Tensor | int, part: BatchSlice) -> None:
        """Call before each forward pass.

        Args:
            step: counted from the beginning of the training. As a tensor, int64 () on the device, it is read
                there, when the mask is drawn.
            part: which images of it are here.
        """
        self.step, self.part, self.forward = torch.as_tensor(step), part, self.forward + 1


def counted_dropout(network: nn.Module, seed: int) -> Masks:
    """Changes ``network``'s ``nn.Dropout`` layers; names and weights stay. Returns what places them."""
    masks = Masks(seed)
    layers = [
        # One that a person wrote a forward pass for does what that says.
        module
        for module in network.modules()
        if isinstance(module, nn.Dropout) and type(module).forward is nn.Dropout.forward
    ]
    for number, module in enumerate(layers):
        # The class alone changes, so that hooks stay what they are.
        layer = cast(CountedDropout, module)
        layer.__class__, layer.masks, layer.number, layer.called = CountedDropout, masks, number, (0, 0)
    return masks


class CountedDropout(nn.Dropout):
    """``nn.Dropout`` with masks that ``Masks`` places: (b, ...) -> (b, ...)."""

    masks: Any
    """The ``Masks`` of its network."""
    number: int
    """Which layer of its network it is."""
    called: tuple[int, int]
    """In which forward pass, and how often in that."""

    def forward(self, input: Tensor) -> Tensor:
        """Of each image the mask of its place in the recipe's batch.

        Raises:
            BancError: it is called several times in a forward pass that is computed again for the backward.
        """
        dropped = round(self.p * LEVELS)
        if not self.training or not dropped or not input.numel():
            return input
        call = self._call()
        if dropped == LEVELS:
            return input.mul_(0) if self.inplace else input * 0
        kept = self._kept(input, dropped, call).to(input.dtype)
        scale = LEVELS / (LEVELS - dropped)
        # Scaled apart, since a mask in bfloat16 would round the scale.
        return input.mul_(kept).mul_(scale) if self.inplace else input * kept * scale

    def _call(self) -> int:
        """Which of its calls in this forward pass it is, from 0."""
        forward, before = self.called
        if torch._C._current_graph_task_id() != -1:
            # Activation checkpointing: the forward pass again, inside of the backward pass.
            if before > 1:
                raise BancError(
                    "a layer `nn.Dropout` is called several times in a forward pass that activation "
                    "checkpointing computes again",
                    hint="give each place in the network a layer of its own",
                )
            return 0
        before = before if forward == self.masks.forward else 0
        self.called = self.masks.forward, before + 1
        return before

    def _kept(self, input: Tensor, dropped: int, call: int) -> Tensor:
        """Which units stay: bool, shaped and lying in memory as ``input``."""
        part: BatchSlice = self.masks.part
        # Mostly the numbers of an image. Where the first dimension is something else, places are still this
        # part's own.
        per_image = input.numel() // max(1, part.end - part.begin)
        begin = (part.before + part.begin) * per_image
        end = begin + input.numel()
        first = begin // _UNITS
        key = _key(self.masks.seed, self.number, call)
        numbers = splitmix64(key, first, -(-end // _UNITS), input.device, self.masks.step)
        bits = numbers.view(torch.int16)[begin - first * _UNITS : end - first * _UNITS]
        kept = bits >= dropped - LEVELS // 2
        if input.dim() != 4:
            return kept.view(input.shape)
        # Counted as banc's own networks lie, so that they need not be turned round.
        images, channels, height, width = input.shape
        turned = kept.view(images, height, width, channels).permute(0, 3, 1, 2)
        return turned.contiguous() if input.is_contiguous() else turned


@cache
def _key(seed: int, layer: int, call: int) -> int:
    """Of the first call that of the layer; a network may use one again."""
    return stream64(seed, "dropout", layer, call)
