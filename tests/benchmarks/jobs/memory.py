"""The most memory of a real ``banc run``, and what the same training needs whoever writes it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import torch
from job import BATCH, IMAGES, MODELS, RECIPE, SHAPE, student
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from banc.models.build import build
from banc.stage.address import address

MB = 1e6


def prepare(root: str, model: str, teacher: str) -> Callable[[], dict[str, float]]:
    """In megabytes."""
    stage = student(Path(root), MODELS[model], teacher)
    image = SHAPE.channels * SHAPE.height * SHAPE.width
    padded = SHAPE.channels * (SHAPE.height + 2 * RECIPE.augment.pad) * (SHAPE.width + 2 * RECIPE.augment.pad)
    network = build(MODELS[model], SHAPE)
    weights = sum(4 * each.numel() for each in network.parameters())
    needs = {
        "images as bytes": IMAGES * image / MB,
        "weights, gradients, momenta": 3 * weights / MB,
        "kept for the backward pass": saved(network) / MB,
    }
    ours = {
        "a padded copy of the images": IMAGES * padded / MB,
        "an epoch's views of them": IMAGES * image / MB,
    }

    def run() -> dict[str, float]:
        floor = {"Python and torch, imported": peak(root), **needs}
        parts = {**floor, "floor": sum(floor.values()), **ours, "peak": peak(root, "run", address(stage))}
        return {**parts, "peak / floor": parts["peak"] / parts["floor"]}

    return run


def peak(root: str, *arguments: str) -> float:
    """Of a process of its own, in megabytes."""
    command = [sys.executable, str(Path(__file__).with_name("peak.py")), *arguments]
    ended = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, text=True, check=True)
    return int(ended.stdout.split()[-1]) * 1024 / MB


def saved(network: nn.Module) -> int:
    """Bytes of what autograd keeps of one step, the weights themselves left out."""
    weights = {each.untyped_storage().data_ptr() for each in network.parameters()}
    kept: dict[int, int] = {}
    held = []

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        # Held, so that no later one gets its address.
        held.append(tensor)
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    size = (BATCH, SHAPE.channels, SHAPE.height, SHAPE.width)
    images = torch.randn(size).contiguous(memory_format=torch.channels_last)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        loss = cross_entropy(
            network.train().to(memory_format=torch.channels_last)(images),
            torch.zeros(BATCH, dtype=torch.long),
        )
    loss.backward()
    return sum(kept.values())
