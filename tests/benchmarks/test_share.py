"""How much of an epoch is spent in the networks' own forward and backward."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

Start = Callable[..., Callable[[], Any]]

SHOWN = 3
"""Of the operations outside of networks, those that take longest."""


@pytest.mark.parametrize("teacher", ["none", "stored", "live"])
def test_share(start: Start, benchmark: BenchmarkFixture, tmp_path: Path, model: str, teacher: str) -> None:
    profiled = start("share", root=str(tmp_path), model=model, teacher=teacher)
    found = benchmark.pedantic(profiled, rounds=1)
    column = f"{model}, {'labels' if teacher == 'none' else teacher}"
    part = {name: 100 * found[name] / found["epoch"] for name in ("forward", "backward", "teacher")}
    rest = {f"`{name}`, %": 100 * spent / found["epoch"] for name, spent in found["rest"].items()}
    shown = dict(list(rest.items())[:SHOWN])
    cells = {
        "student's forward, %": part["forward"],
        "backward, %": part["backward"],
        "forward in evaluation mode, %": part["teacher"],
        "networks together, %": 100 * found["share"],
        **shown,
        "all else, %": sum(rest.values()) - sum(shown.values()),
        "seconds of an epoch, under the profiler": found["epoch"],
    }
    benchmark.extra_info.update(table="share", column=column, cells=cells)
    assert 0.5 < found["share"] <= 1
