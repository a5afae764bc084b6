"""How long a training waits for a checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Start = Callable[..., Callable[[], Any]]
Measure = Callable[..., Any]


@pytest.mark.parametrize(
    ("family", "depth", "width"), [("wide-resnet", 10, 1), ("densenet-bc", 100, 12), ("wide-resnet", 28, 10)]
)
def test_checkpoint(
    start: Start, measure: Measure, tmp_path: Path, family: str, depth: int, width: int
) -> None:
    save = start("checkpoint", root=str(tmp_path), family=family, depth=depth, width=width)
    size = measure("checkpoint", "one write", f"{family}-{depth}-{width}", save, rounds=5)
    assert sorted(tmp_path.rglob("*"), key=lambda path: path.stat().st_size)[-1].stat().st_size >= size
