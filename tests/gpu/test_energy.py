"""The counter of a GPU, against what its driver says of its power."""

from __future__ import annotations

import time
from typing import Any

import job
import pytest
import torch
from attrs import evolve

from banc.config.model import WideResNet
from banc.config.objective import OBJECTIVES
from banc.runner.training.device import gpu_counters
from banc.stage.energy import energies
from banc.stage.kinds import Train
from banc.state.timings import timings


@pytest.fixture
def gpu(device: torch.device) -> torch.device:
    if device.type != "cuda":
        pytest.skip("a CPU has no such counter")
    if not gpu_counters(device):
        pytest.skip("the driver does not tell what this GPU draws")
    return device


def test_a_busy_gpu_draws_some_watts(gpu: torch.device) -> None:
    (counter,) = gpu_counters(gpu)
    matrix = torch.ones(4096, 4096, device=gpu)
    before, start = counter.read(), time.monotonic()
    while time.monotonic() - start < 1.5:
        matrix = torch.mm(matrix, matrix).clamp(max=1.0)
        torch.cuda.synchronize()
    watts = (counter.read() - before) / (time.monotonic() - start)
    assert 10 < watts < 2000


def test_a_training_writes_down_what_its_gpu_drew(gpu: torch.device, workspace: Any) -> None:
    recipe = evolve(job.RECIPE, epochs=4, batch=32)
    workspace.run(Train(WideResNet(10, 1), recipe, OBJECTIVES["labels"], 0, workspace.data))
    (line,) = timings(workspace.root).here[-1:]
    assert [drawn.counter.partition(" ")[0] for drawn in line.energy].count("gpu") == 1
    drawn = energies([line])[line.address].gpus
    assert drawn is not None and 0 < drawn < 2000 * line.whole
