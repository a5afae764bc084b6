"""Layers that treat a process's part of a batch as part of the whole batch.

In: a network and the group of processes that trains it. Out: the same network, whose batch normalisation
takes mean and variance over the images of all processes (Ioffe, Szegedy, arXiv 1502.03167, algorithm 1, for
the whole mini-batch). So how many processes there are changes no number by more than the rounding of sums.
(``dropout`` takes a process's part of the whole batch's mask.)

A person's own network that draws random numbers otherwise draws the same ones in every process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor, distributed, nn

from banc.runner.training.group import Group


def synchronise_layers(network: nn.Module, group: Group) -> nn.Module:
    """Changes ``network``'s layers, where there are several processes. Names and weights stay."""
    if group.size == 1:
        return network
    on_gpu = next(network.parameters()).device.type == "cuda"
    if on_gpu:
        # Torch's own is one kernel a direction there, and there only.
        network = nn.SyncBatchNorm.convert_sync_batchnorm(network)  # type: ignore[no-untyped-call]
    for module in network.modules():
        # The class alone changes, so that weights, buffers and hooks stay what they are.
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d) and not on_gpu:
            norm = cast(WholeBatchNorm, module)
            norm.__class__, norm.group = WholeBatchNorm, group
    return network


def sum_over(group: Group) -> Callable[[Tensor], Tensor]:
    """The sum of a tensor over the processes of a group, with its gradient."""
    return _sum if group.size > 1 else lambda tensor: tensor


class WholeBatchNorm(nn.modules.batchnorm._BatchNorm):
    """Batch normalisation over the images of all processes: (b, C, ...) -> (b, C, ...)."""

    group: Any
    """The ``Group`` of processes."""

    def _check_input_dim(self, input: Tensor) -> None:
        """Any shape with channels second."""

    def forward(self, input: Tensor) -> Tensor:
        """As a single process would, up to the order of sums."""
        if not self.training:
            return super().forward(input)
        x = input.float()
        dimensions = [dimension for dimension in range(x.dim()) if dimension != 1]
        shape = [1, -1] + [1] * (x.dim() - 2)
        count = self.group.part.size * x[0, 0].numel()
        mean = _sum(x.sum(dimensions)) / count
        centred = x - mean.view(shape)
        variance = _sum((centred * centred).sum(dimensions)) / count
        self._remember(mean.detach(), variance.detach() * count / (count - 1))
        scaled: Tensor = centred * torch.rsqrt(variance + self.eps).view(shape)
        if self.affine:
            scaled = scaled * self.weight.view(shape) + self.bias.view(shape)
        return scaled.to(input.dtype)

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor) -> None:
        """Moves the running statistics, as ``nn.BatchNorm2d`` does."""
        if self.running_mean is None or self.running_var is None:
            return
        assert self.num_batches_tracked is not None
        self.num_batches_tracked += 1
        moved = 1 / self.num_batches_tracked if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, moved)
        self.running_var.lerp_(variance, moved)


class _Sum(torch.autograd.Function):
    """Over the processes. Its gradient is the sum of the gradients, since each process's part has its own."""

    @staticmethod
    def forward(_: Any, tensor: Tensor) -> Tensor:
        total = tensor.clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(_: Any, gradient: Tensor) -> Tensor:
        return _sum(gradient.contiguous())


def _sum(tensor: Tensor) -> Tensor:
    total: Tensor = _Sum.apply(tensor)
    return total
