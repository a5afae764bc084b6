"""Whether seeds trained together on one device would be what they are alone, and whether it would pay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

Start = Callable[..., Callable[[], Any]]
Measure = Callable[..., Any]


@pytest.mark.parametrize("way", ["one after the other", "together, `vmap`"])
def test_two_seeds(start: Start, measure: Measure, benchmark: BenchmarkFixture, model: str, way: str) -> None:
    together = way != "one after the other"
    found = measure("seeds", way, model, start("seeds", model=model, together=together))
    if together:
        benchmark.extra_info["cells"] = {name: str(number) for name, number in found.items()}
