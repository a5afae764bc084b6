"""Workspaces in which the real DVC ran, made once a session; each walk works on a copy."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, frozen

from banc.compiler import apply, compile_specs
from banc.plan.decisions import unsettled
from banc.plan.plan import plan
from banc.plan.step import Keep, Plan, Restore, Run, Wait
from banc.runner.process import fork_server
from banc.state.read import read

DID = re.compile(
    r"^(?:Running stage '(?:.*:)?(?P<ran>[^':]+)':"
    r"|Stage '(?:.*:)?(?P<restored>[^':]+)' is cached - skipping run, checking out outputs"
    r"|Stage '(?:.*:)?(?P<kept>[^':]+)' didn't change, skipping)$",
    flags=re.MULTILINE,
)
WORDS = {Keep: "keep", Restore: "restore", Run: "run", Wait: "wait"}


@frozen
class Workspace:
    """A workspace with the specs that are linked in it."""

    root: Path
    environment: dict[str, str]
    for_dvc: dict[str, str]
    """The environment with a ``dvc`` that starts at once, as does the ``banc`` that it calls."""

    def call(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.root, env=self.environment, capture_output=True, text=True, check=False
        )

    def specs(self) -> list[Path]:
        return sorted((self.root / "spec").glob("*.toml"))

    def plan(self) -> Plan:
        """Of the specs as they are now, linked or not."""
        graph = compile_specs(self.root, self.specs()).graph
        stages = {address: placed.stage for address, placed in graph.stages.items()}
        weights = graph.weight_files
        made = plan(graph, read(self.root, stages, weights, runs_of=partial(unsettled, graph)))
        # The runs that were not looked at change nothing.
        assert made == plan(graph, read(self.root, stages, weights))
        return made

    def compile(self) -> None:
        apply(self.root, compile_specs(self.root, self.specs()))

    def dvc(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["dvc", "--wait-for-lock", *arguments]
        return subprocess.run(
            command, cwd=self.root, env=self.for_dvc, capture_output=True, text=True, check=False
        )

    def repro(self) -> dict[str, str]:
        """What ``dvc repro`` did with each stage: ``ran``, ``restored`` or ``kept``."""
        done = self.dvc("repro")
        assert done.returncode == 0, done.stdout + done.stderr
        return {match[match.lastgroup]: match.lastgroup for match in DID.finditer(done.stdout + done.stderr)}


def actions(made: Plan) -> dict[str, str]:
    """What a plan says of each stage, in a word."""
    return {step.address: WORDS[type(step.action)] for step in made.steps}


@pytest.fixture(scope="session")
def dvcs_own_folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """DVC keeps a database for each workspace, of which there will be many."""
    return {
        "DVC_SITE_CACHE_DIR": str(tmp_path_factory.mktemp("dvc-site")),
        "DVC_GLOBAL_CONFIG_DIR": str(tmp_path_factory.mktemp("dvc-global")),
    }


@pytest.fixture(scope="session")
def new_workspace(
    tmp_path_factory: pytest.TempPathFactory, dvcs_own_folders: dict[str, str], forked: Path
) -> Callable[[str], Workspace]:
    """Makes an empty workspace whose stages are run by ``banc``, or by ``stand_in.py`` under its name."""

    def make(runner: str) -> Workspace:
        folder = tmp_path_factory.mktemp(runner)
        environment = {**os.environ, **dvcs_own_folders}
        programs = [str(forked), environment["PATH"]]
        if runner == "stand-in":
            program = folder / "bin/banc"
            program.parent.mkdir()
            text = (Path(__file__).parent / "stand_in.py").read_text()
            program.write_text(f"#!{sys.executable} -S\n{text}")
            (program.parent / "fork_server.py").write_text(Path(fork_server.__file__).read_text())
            program.chmod(program.stat().st_mode | stat.S_IXUSR)
            environment["PATH"] = os.pathsep.join([str(program.parent), environment["PATH"]])
            programs.insert(0, str(program.parent))
        for_dvc = {**environment, "PATH": os.pathsep.join(programs)}
        made = Workspace(folder / "workspace", environment, for_dvc)
        made.root.mkdir()
        assert made.call(forked / "banc", "init").returncode == 0
        (made.root / "spec/quickstart.toml").unlink()
        return made

    return make


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[[Workspace], Workspace]:
    """A copy of a workspace, for one test."""

    def copy(made: Workspace) -> Workspace:
        shutil.copytree(made.root, tmp_path / "workspace", symlinks=True)
        return evolve(made, root=tmp_path / "workspace")

    return copy


@pytest.fixture
def told() -> Callable[[Plan], dict[str, str]]:
    """``actions``."""
    return actions


def _load(name: str) -> Any:
    """A module beside this one; tests cannot import each other."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SPEC = """
banc = 1
title = "T"
data = { set = "digits", train = 20 }
seeds = [0, 1]
recipe = { epochs = 2, batch = 10, augment = { pad = 0, flip = false } }
[models]
dense = { family = "densenet-bc", depth = 10, growth = 2 }
[lineages]
ban = { models = "dense", generations = 1 }
[table]
rows = "dense"
columns = ["teacher", "ban-1"]
"""


@pytest.fixture
def finished(tmp_path: Path) -> Workspace:
    """A workspace in which all of ``SPEC`` ran, as far as its files tell (``finished.py``)."""
    made = Workspace(tmp_path / "workspace", {}, {})
    (made.root / ".dvc").mkdir(parents=True)
    (made.root / ".dvc/config").write_text("[core]\n    analytics = false\n    no_scm = true\n")
    (made.root / "spec").mkdir()
    (made.root / "spec/t.toml").write_text(SPEC)
    _load("finished").finish(made.root, compile_specs(made.root, made.specs()))
    return made
