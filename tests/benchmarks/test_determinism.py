"""What it costs that a training gives the same bytes each time: a recipe with it and without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Start = Callable[..., Callable[[], Any]]
Measure = Callable[..., Any]


@pytest.mark.parametrize("deterministic", [True, False])
def test_labels(start: Start, measure: Measure, tmp_path: Path, model: str, deterministic: bool) -> None:
    epoch = start("loop_banc", root=str(tmp_path), model=model, teacher="none", deterministic=deterministic)
    measure("determinism", f"`deterministic = {str(deterministic).lower()}`", model, epoch, rounds=5)
