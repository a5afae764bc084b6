"""Workspaces with stand-ins for stages, as the tests of plans have them; and what two runs left, compared."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from ruamel.yaml import YAML

PLAN = Path(__file__).parents[1] / "plan"


def _load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"plan_{name}", PLAN / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[f"plan_{name}"] = module
    spec.loader.exec_module(module)
    return module


_conftest, _walk = _load("conftest"), _load("walk")
dvcs_own_folders = _conftest.dvcs_own_folders
new_workspace = _conftest.new_workspace
finished = _conftest.finished
Workspace = Any


@pytest.fixture(scope="session")
def first_run(new_workspace: Callable[[str], Workspace]) -> Workspace:
    """A lineage, an ensemble and their table, run by ``dvc repro``."""
    made = new_workspace("stand-in")
    _walk.Walk(made, 0, cheap=True).write_specs()
    made.compile()
    assert set(made.repro().values()) == {"ran"}
    return made


@pytest.fixture
def copy_as(tmp_path: Path) -> Callable[[Workspace, str], Workspace]:
    """A copy of a workspace, under a name."""

    def copy(made: Workspace, name: str) -> Workspace:
        shutil.copytree(made.root, tmp_path / name, symlinks=True)
        return evolve(made, root=tmp_path / name)

    return copy


@pytest.fixture(scope="session")
def walk() -> Any:
    """The module of random changes."""
    return _walk


@pytest.fixture(scope="session")
def left() -> Callable[[Path], dict[str, Any]]:
    """All that a run leaves: outputs, DVC's locks stage by stage, its cache and its run cache."""
    return _left


def _left(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pattern in ("runs/*/*", "results/*/*", ".dvc/cache/**/*", ".dvc/elsewhere/**/*"):
        for path in root.glob(pattern):
            if path.is_file() and path.name != ".gitignore":
                found[path.relative_to(root).as_posix()] = path.read_bytes()
    for path in [root / "dvc.lock", *root.glob("pipelines/*/dvc.lock")]:
        if path.is_file():
            where = path.relative_to(root).as_posix()
            for name, entry in YAML(typ="safe").load(path.read_text())["stages"].items():
                found[f"{where}: {name}"] = entry
    return found
