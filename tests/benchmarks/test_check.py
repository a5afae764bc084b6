"""How long a person waits for ``banc check``: the checking alone, and the whole process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from banc.language.load import load

SPECS = ("quickstart", "table1", "table2")


@pytest.mark.parametrize("spec", SPECS)
def test_check(benchmark: BenchmarkFixture, checkout: Path, spec: str) -> None:
    benchmark.extra_info.update(table="check", row="the checking", column=spec)
    loaded = benchmark(load, checkout / f"spec/{spec}.toml")
    assert loaded.spec.models


@pytest.mark.parametrize("spec", SPECS)
def test_banc_check(benchmark: BenchmarkFixture, checkout: Path, spec: str) -> None:
    """With the start of Python and every import."""
    benchmark.extra_info.update(table="check", row="`banc check`, the process", column=spec)
    command = [sys.executable, "-m", "banc", "check", f"spec/{spec}.toml"]
    done = benchmark.pedantic(
        lambda: subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False),
        rounds=5,
        warmup_rounds=1,
    )
    assert done.returncode == 0, done.stdout + done.stderr
