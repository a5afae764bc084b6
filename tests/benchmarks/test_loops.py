"""One job by banc's loop, by the loop that a careful person writes, and by torchdistill.

An epoch of a born-again student, on one thread each, and with the threads that each takes by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

Start = Callable[..., Callable[[], Any]]
Measure = Callable[..., Any]

pytestmark = pytest.mark.parametrize("threads", ["one thread", "defaults"])


@pytest.mark.parametrize("teacher", ["stored", "live"])
def test_banc(start: Start, measure: Measure, tmp_path: Path, threads: str, model: str, teacher: str) -> None:
    epoch = start("loop_banc", threads, root=str(tmp_path), model=model, teacher=teacher)
    row = {"stored": "banc, stored teacher outputs", "live": "banc, live teacher"}[teacher]
    measure(f"loops, {threads}", row, model, epoch)


@pytest.mark.parametrize("workers", [1, 0])
def test_plain(start: Start, measure: Measure, threads: str, model: str, workers: int) -> None:
    """A worker is a second process and core."""
    row = f"plain, {'one' if workers else 'no'} worker"
    loss = measure(
        f"loops, {threads}", row, model, start("loop_plain", threads, model=model, workers=workers)
    )
    assert 2 < loss < 20


@pytest.mark.skipif(
    find_spec("torchdistill") is None, reason="torchdistill is not here: `make bench` installs it"
)
@pytest.mark.parametrize("workers", [1, 0])
def test_torchdistill(start: Start, measure: Measure, threads: str, model: str, workers: int) -> None:
    row = f"torchdistill, {'one' if workers else 'no'} worker"
    epoch = start("loop_torchdistill", threads, model=model, workers=workers)
    assert 2 < measure(f"loops, {threads}", row, model, epoch) < 20
