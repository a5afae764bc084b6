"""Workspaces in which everything ran: as far as files tell, and with the real DVC."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from banc.cli.explain import explanation_of
from banc.compiler import compile_specs, graph_of
from banc.graph.graph import Graph
from banc.graph.link import link
from banc.language.load import load_all
from banc.provenance.node import Explanation

PLAN_TESTS = Path(__file__).resolve().parents[1] / "plan"

SPEC = """banc = 1
title = "T"
data = { set = "digits", train = 20 }
seeds = [0, 1]
[recipe]
epochs = 2
batch = 10
augment = { pad = 0, flip = false }
[models]
dense = { family = "densenet-bc", depth = 10, growth = 2, third_transition = true }
wide = { family = "match-wide-resnet", units = 1, ratio = 1, skeleton = "dense" }
[lineages.ban]
models = "dense"
generations = 2
[transfers.moved]
teacher = "dense"
students = "wide"
share = ["stem"]
baseline = true
[ensembles]
pair = { of = "dense", members = ["ban-1", "ban-2"] }
all = { of = "dense", members = ["teacher"], across_seeds = true }
[table]
rows = ["dense", "wide"]
columns = ["parameters", "teacher", "ban-2", "pair", "all", "moved"]
[table.labels]
dense = "Dense 10"
moved = "Moved"
[table.cells.dense]
moved = "wide/moved"
[table.published.dense]
teacher = 17.42
"""
MADE_WITH = {"torch": "9.9.1", "device": "a GPU", "code": "c0de" * 16}


def load(name: str) -> Any:
    """A module of ``tests/plan``."""
    spec = importlib.util.spec_from_file_location(f"plan_{name}", PLAN_TESTS / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_plan_tests = load("conftest")
dvcs_own_folders = _plan_tests.dvcs_own_folders
new_workspace = _plan_tests.new_workspace
copy_of = _plan_tests.copy_of


def content_of(path: str) -> bytes:
    """What a stage would have written, as far as an explanation reads it; no two errors are alike."""
    name = path.rpartition("/")[2]
    if name == "metrics.json":
        error = int(hashlib.sha256(path.encode()).hexdigest()[:6], 16) / 2**24 * 100
        metrics = {"test_loss": 0.5, "images": 1777, "members": 1, "parameters": 1000}
        return json.dumps({"test_error": error, **metrics}).encode()
    if name == "model.json":
        return json.dumps({"parameters": 1000, "made_with": MADE_WITH}).encode()
    if name == "outputs.json":
        return json.dumps({"made_with": MADE_WITH}).encode()
    if name == "results.json":
        return b'{"scores": {}}'
    return f"{path}\n".encode()


@frozen
class Explained:
    """A workspace that can be asked."""

    root: Path

    def specs(self) -> list[Path]:
        return sorted((self.root / "spec").glob("*.toml"))

    def say(self, old: str, new: str, spec: str = "t") -> None:
        path = self.root / f"spec/{spec}.toml"
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    def graph(self) -> Graph:
        return link([graph_of(self.root, loaded) for loaded in load_all(self.specs())])

    def explain(self, name: str, *, spec: str | None = None, seed: int | None = None) -> Explanation:
        """As ``banc explain`` does."""
        return explanation_of(self.root, [spec, name] if spec else [name], seed=seed)


@pytest.fixture(scope="session")
def _finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("explained") / "workspace"
    (root / ".dvc").mkdir(parents=True)
    (root / ".dvc/config").write_text("[core]\n    analytics = false\n    no_scm = true\n")
    (root / "spec").mkdir()
    (root / "spec/t.toml").write_text(SPEC)
    load("finished").finish(root, compile_specs(root, [root / "spec/t.toml"]), content_of)
    return root


@pytest.fixture
def explained(_finished: Path, tmp_path: Path) -> Explained:
    """A copy of a workspace in which ``SPEC`` has run, as far as its files tell."""
    return Explained(shutil.copytree(_finished, tmp_path / "workspace", symlinks=True))


@pytest.fixture
def lines_of(explained: Explained) -> Callable[[str], str]:
    """The text of a line, from where an explanation says that it stands: ``spec/t.toml:12``."""

    def text(place: object) -> str:
        file, _, number = str(place).rpartition(":")
        return (explained.root / file).read_text().split("\n")[int(number) - 1]

    return text
