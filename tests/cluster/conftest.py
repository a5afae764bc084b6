"""Workspaces with stand-ins for stages, as the tests of ``banc repro`` have them, and a real Slurm beside."""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from collections.abc import Callable, Iterator
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
copy_as = _engine.copy_as
left = _engine.left


SPEC = """
banc = 1
title = "A lineage"
data = { set = "digits", train = 20 }
seeds = [0]
recipe = { epochs = 2, batch = 10, augment = { pad = 0, flip = false } }
[models]
dense = { family = "densenet-bc", depth = 10, growth = 2 }
[lineages]
ban = { models = "dense", generations = 1, objective = "ban-l" }
[ensembles]
ens = { of = "dense", members = ["teacher", "ban-1"] }
[table]
rows = "dense"
columns = ["teacher", "ban-1", "ens"]
"""


@pytest.fixture(scope="session")
def first_run(new_workspace: Callable[[str], Any]) -> Any:
    """A lineage, an ensemble and their table, run by ``dvc repro``."""
    made = new_workspace("stand-in")
    (made.root / "spec/lineage.toml").write_text(SPEC)
    made.compile()
    assert set(made.repro().values()) == {"ran"}
    return made


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
