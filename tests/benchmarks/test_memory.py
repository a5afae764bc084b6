"""How much memory a training takes beside what it needs, and that its store need not fit into it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Start = Callable[..., Callable[[], Any]]
Measure = Callable[..., Any]

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").is_file(), reason="what a process holds is read from Linux's /proc"
)


@pytest.mark.parametrize("teacher", ["none", "stored"])
def test_peak(start: Start, account: Measure, tmp_path: Path, model: str, teacher: str) -> None:
    column = f"{model}, {'labels' if teacher == 'none' else teacher}"
    found = account("memory", column, start("memory", root=str(tmp_path), model=model, teacher=teacher))
    assert found["peak"] > found["Python and torch, imported"]


def test_a_store_larger_than_memory(start: Start, account: Measure, tmp_path: Path) -> None:
    found = account("large store", "an epoch", start("large_store", root=str(tmp_path)))
    assert found["store, GB"] > found["memory of the machine, GB"]
    assert list(tmp_path.glob("runs/train-*-ban-l-*/model.safetensors"))
