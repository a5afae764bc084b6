"""A step of a Wide-ResNet with dropout: forward and backward alone, with masks of torch's or of banc's.

The ways take turns, and what is told is processor time on one thread: a busy machine then slows all alike.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch
from job import BATCH, SHAPE, draw
from torch.nn.functional import cross_entropy

from banc.config.model import WideResNet
from banc.models.build import build
from banc.runner.training.device import prepare as set_up
from banc.runner.training.dropout import counted_dropout
from banc.runner.training.group import BatchSlice

STEPS = 20
NONE, TORCH, BANC = "without dropout, ms", "torch's masks, ms", "banc's masks, ms"


def prepare() -> Callable[[], dict[str, float]]:
    """Medians over the steps, in milliseconds, and their ratio."""
    set_up(deterministic=True)
    networks = {
        name: build(WideResNet(16, 2, dropout=rate), SHAPE).train().to(memory_format=torch.channels_last)
        for name, rate in ((NONE, 0.0), (TORCH, 0.3), (BANC, 0.3))
    }
    masks = counted_dropout(networks[BANC], 0)
    images, labels = map(torch.tensor, draw(BATCH, SHAPE))
    batch = images.float().div(255).contiguous(memory_format=torch.channels_last)

    def step(name: str, number: int) -> float:
        begin = time.process_time()
        masks.begin(number, BatchSlice(0, BATCH, BATCH))
        networks[name].zero_grad()
        torch.autograd.backward(cross_entropy(networks[name](batch), labels))
        return 1000 * (time.process_time() - begin)

    def steps() -> dict[str, float]:
        taken = [{name: step(name, number) for name in networks} for number in range(1 + STEPS)][1:]
        middle = {name: statistics.median(each[name] for each in taken) for name in networks}
        return {**middle, "banc's / torch's": middle[BANC] / middle[TORCH], "steps of each": STEPS}

    return steps
