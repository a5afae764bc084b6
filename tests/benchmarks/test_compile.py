"""How long the compiler takes, from text to the text of every generated file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from banc.compile import apply, compile_specs

SIZES = (10, 100, 1000)


@pytest.mark.parametrize("stages", SIZES)
def test_compile(benchmark: BenchmarkFixture, make_spec: Callable[[int], Path], stages: int) -> None:
    """Into an empty workspace: load, check, expand, lower, link, emit, compare. Nothing is written."""
    path = make_spec(stages)
    compiled = benchmark(compile_specs, path.parents[1], [path])
    assert 0.8 * stages <= len(compiled.graph.stages) <= 1.2 * stages


@pytest.mark.parametrize("stages", SIZES)
def test_compile_what_is_up_to_date(
    benchmark: BenchmarkFixture, make_spec: Callable[[int], Path], stages: int
) -> None:
    """The same, compared with every file that is there already."""
    path = make_spec(stages)
    apply(path.parents[1], compile_specs(path.parents[1], [path]))
    compiled = benchmark(compile_specs, path.parents[1], [path])
    assert not compiled.write
