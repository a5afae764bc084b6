"""Workspaces with stand-ins for stages, as the tests of ``banc repro`` have them, and a real Slurm beside."""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parents[1]


def _load(name: str, path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


_engine = _load("engine_conftest", TESTS / "engine/conftest.py")
_slurm = _load("cluster_slurm", Path(__file__).parent / "slurm.py")
dvcs_own_folders = _engine.dvcs_own_folders
new_workspace = _engine.new_workspace
finished = _engine.finished
first_run = _engine.first_run
copy_as = _engine.copy_as
walk = _engine.walk
left = _engine.left


@pytest.fixture(scope="session")
def slurm() -> Iterator[Any]:
    """A cluster of two nodes with a GPU each."""
    if why := _slurm.missing():
        pytest.skip(f"Slurm cannot be started: {why}")
    # A socket's path has 107 characters at most.
    with tempfile.TemporaryDirectory(prefix="banc-slurm-") as folder:
        Path(folder).chmod(0o755)
        cluster = _slurm.Slurm(Path(folder))
        try:
            yield cluster
        finally:
            cluster.close()


@pytest.fixture(scope="session")
def until() -> Any:
    """Waits until something is true."""
    return _slurm.until
