"""A workspace in which several specs ran, as far as its files tell; each at another branch of git."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from banc.compiler import apply, compile_specs, graph_of
from banc.gc.delete import delete
from banc.gc.garbage import Garbage, garbage
from banc.gc.inventory import Inventory, inventory
from banc.gc.kept import Kept, kept
from banc.git import find_revision
from banc.graph.graph import Graph
from banc.language.load import load
from banc.plan.plan import plan
from banc.plan.step import Keep, Plan, Restore
from banc.state.read import read

SPEC = """
banc = 1
title = "T"
data = {{ set = "digits", train = {train} }}
seeds = [0]
recipe = {{ epochs = {epochs}, batch = 10, augment = {{ pad = 0, flip = false }} }}
[models]
dense = {{ family = "densenet-bc", depth = 10, growth = {growth} }}
[lineages]
ban = {{ models = "dense", generations = 1 }}
[table]
rows = "dense"
columns = ["teacher", "ban-1"]
"""
VARIANTS = {
    "first": {"train": 20, "epochs": 2, "growth": 2},
    "longer": {"train": 20, "epochs": 3, "growth": 2},
    "larger": {"train": 20, "epochs": 2, "growth": 3},
    "other": {"train": 30, "epochs": 2, "growth": 2},
}
"""Specs by name; at the branch ``b-NAME`` the spec ``spec/t.toml`` is NAME, and at ``main`` and in the work
tree it is the first."""


@frozen
class Workspace:
    root: Path

    def git(self, *arguments: str) -> None:
        command = ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", *arguments]
        subprocess.run(command, cwd=self.root, check=True, capture_output=True)

    def kept(self, *revisions: str) -> Kept:
        return kept(self.root, [find_revision(self.root, revision) for revision in revisions])

    def inventory(self) -> Inventory:
        return inventory(self.root)

    def garbage(self, *revisions: str, shared_cache: bool = False) -> Garbage:
        return garbage(self.kept(*revisions), self.inventory(), shared_cache=shared_cache)

    def collect(self, *revisions: str) -> list[str]:
        """Deletes what neither the work tree nor the revisions need; the items' names."""
        done: list[str] = []
        delete(self.root, self.garbage(*revisions), lambda item: done.append(item.name))
        return done

    def graph(self, name: str) -> Graph:
        path = self.root / "elsewhere" / "t.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(SPEC.format(**VARIANTS[name]))
        made = graph_of(self.root, load(path))
        shutil.rmtree(path.parent)
        return made

    def plan(self, name: str) -> Plan:
        made = self.graph(name)
        return plan(made, read(self.root, {address: placed.stage for address, placed in made.stages.items()}))

    def does_nothing(self, name: str) -> bool:
        """Whether every stage of a variant is kept, or restored."""
        return all(isinstance(step.action, Keep | Restore) for step in self.plan(name).steps)

    def files(self) -> dict[str, bytes]:
        """Everything but git's own and what was remembered."""
        return {
            name: path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file()
            and not (name := path.relative_to(self.root).as_posix()).startswith((".git/", ".banc/seen.json"))
        }


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory, tests_module: Callable[[str], Any]) -> Workspace:
    made = Workspace(tmp_path_factory.mktemp("gc") / "workspace")
    (made.root / ".dvc").mkdir(parents=True)
    (made.root / "spec").mkdir()
    (made.root / ".gitignore").write_text("/runs/\n/.banc/\n/.dvc/\n")
    made.git("init", "--quiet", "--initial-branch", "main")
    for name, says in VARIANTS.items():
        file = "t" if name == "first" else name
        (made.root / f"spec/{file}.toml").write_text(SPEC.format(**says))
    everything = compile_specs(made.root, sorted((made.root / "spec").glob("*.toml")))
    tests_module("plan/finished.py").finish(made.root, everything)
    for path in (made.root / "spec").glob("*.toml"):
        path.unlink()
    for name, says in [*list(VARIANTS.items())[1:], ("first", VARIANTS["first"])]:
        (made.root / "spec/t.toml").write_text(SPEC.format(**says))
        apply(made.root, compile_specs(made.root, [made.root / "spec/t.toml"]))
        made.git("add", "--all")
        made.git("commit", "--quiet", "--message", name)
        made.git("branch", f"b-{name}")
    return made


@pytest.fixture
def workspace(ran: Workspace, tmp_path: Path) -> Workspace:
    """A copy."""
    return Workspace(shutil.copytree(ran.root, tmp_path / "workspace", symlinks=True))


@pytest.fixture
def variants() -> dict[str, dict[str, int]]:
    return VARIANTS


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[[Workspace, str], Workspace]:
    """Copies without git."""

    def copy(made: Workspace, name: str) -> Workspace:
        ignored = shutil.ignore_patterns(".git")
        return Workspace(shutil.copytree(made.root, tmp_path / name, symlinks=True, ignore=ignored))

    return copy
