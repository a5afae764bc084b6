"""Forward and backward alone, in one of the ways that torch offers for the same network and batch."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from job import BATCH, IMAGES, MODELS, SHAPE
from torch.nn.functional import cross_entropy

from banc.models.build import build
from banc.runner.training.device import prepare as set_up


def prepare(model: str, way: str) -> Callable[[], float]:
    """``way``: ``contiguous``, or channels last and ``channels-last``, ``kept``, ``compiled``, ``bfloat16``.

    Each time it says how many seconds the first step took, which is when something is compiled.
    """
    if way == "kept":
        set_up(deterministic=False)
    lies = torch.contiguous_format if way == "contiguous" else torch.channels_last
    network = build(MODELS[model], SHAPE).train().to(memory_format=lies)
    run = torch.compile(network) if way == "compiled" else network
    size = (BATCH, SHAPE.channels, SHAPE.height, SHAPE.width)
    images = torch.randn(size).contiguous(memory_format=lies)
    labels = torch.randint(SHAPE.classes, (BATCH,))

    def steps(number: int) -> None:
        for _ in range(number):
            network.zero_grad()
            with torch.autocast("cpu", torch.bfloat16, enabled=way == "bfloat16"):
                logits = run(images)
            cross_entropy(logits.float(), labels).backward()

    def epoch() -> float:
        steps(IMAGES // BATCH)
        return first

    begin = time.perf_counter()
    steps(1)
    first = time.perf_counter() - begin
    return epoch
