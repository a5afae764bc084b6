"""Which way through forward and backward is the fastest for a network on a CPU."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

Start = Callable[..., Callable[[], Any]]
Measure = Callable[..., Any]

WAYS = {
    "contiguous": "contiguous",
    "channels-last": "channels last",
    "kept": "channels last, freed memory kept",
    "compiled": "channels last, `torch.compile`",
    "bfloat16": "channels last, bfloat16",
}


@pytest.mark.parametrize("way", WAYS)
def test_step(start: Start, measure: Measure, benchmark: BenchmarkFixture, model: str, way: str) -> None:
    if way == "compiled" and not (shutil.which("g++") or shutil.which("clang++")):
        pytest.skip("torch.compile needs a C++ compiler")
    first = measure("steps", WAYS[way], model, start("step", model=model, way=way))
    if way == "compiled":
        benchmark.extra_info["cells"] = {"compiling, and the first step, seconds": first}
