"""Two seeds of one network: one after the other, or together by ``torch.func`` and ``vmap``."""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from job import BATCH, IMAGES, MODELS, SHAPE
from torch import Tensor, nn
from torch.func import functional_call, grad, stack_module_state, vmap
from torch.nn.functional import cross_entropy

from banc.models.build import build

SEEDS = 2


def prepare(model: str, together: bool) -> Callable[[], dict[str, int]]:
    """Each time it says how many tensors of gradients there are, and how many are the same bytes as alone."""
    networks = []
    for seed in range(SEEDS):
        torch.manual_seed(seed)
        network = build(MODELS[model], SHAPE).train()
        networks.append(network.to(memory_format=torch.channels_last))
    images = torch.randn(SEEDS, BATCH, SHAPE.channels, SHAPE.height, SHAPE.width)
    labels = torch.randint(SHAPE.classes, (SEEDS, BATCH))
    one_by_one = alone(copy.deepcopy(networks), images, labels)
    at_once = stacked(copy.deepcopy(networks), images, labels)
    pairs = [
        (apart[name], found[seed])
        for seed, apart in enumerate(one_by_one())
        for name, found in at_once().items()
    ]
    same = sum(torch.equal(apart, found) for apart, found in pairs)
    step = at_once if together else one_by_one

    def epoch() -> dict[str, int]:
        for _ in range(IMAGES // BATCH):
            step()
        return {"gradients": len(pairs), "gradients that are the same bytes together as alone": same}

    return epoch


def alone(networks: list[nn.Module], images: Tensor, labels: Tensor) -> Callable[[], list[dict[str, Tensor]]]:
    """A step of each, which gives the gradients of each by name."""

    def step() -> list[dict[str, Tensor]]:
        for network, seen, label in zip(networks, images, labels, strict=True):
            network.zero_grad()
            logits = network(seen.contiguous(memory_format=torch.channels_last))
            cross_entropy(logits, label).backward()
        return [{n: p.grad for n, p in each.named_parameters() if p.grad is not None} for each in networks]

    return step


def stacked(networks: list[nn.Module], images: Tensor, labels: Tensor) -> Callable[[], dict[str, Tensor]]:
    """A step of all at once, which gives the gradients by name, stacked."""
    shape = networks[0]
    weights, buffers = stack_module_state(networks)

    def loss(weights: dict[str, Tensor], buffers: dict[str, Tensor], seen: Tensor, label: Tensor) -> Tensor:
        return cross_entropy(functional_call(shape, (weights, buffers), (seen,)), label)

    step = vmap(grad(loss))
    return lambda: step(weights, buffers, images, labels)
