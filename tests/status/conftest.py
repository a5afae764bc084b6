"""The workspace of ``tests/plan/finished.py``, in which everything ran as far as files tell."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from banc.compiler import compile_specs
from banc.graph.graph import Graph
from banc.graph.linked import linked
from banc.machine import cpu
from banc.plan.estimate import estimate
from banc.plan.plan import plan
from banc.stage.files import read_stage
from banc.stage.index import read_index
from banc.stage.kinds import Address
from banc.state.read import read
from banc.state.state import State
from banc.status.status import StageStatus, Status, status

SPEC = """
banc = 1
title = "T"
data = { set = "digits", train = 20 }
seeds = [0, 1]
recipe = { epochs = 10, batch = 10, augment = { pad = 0, flip = false } }
[models]
dense = { family = "densenet-bc", depth = 10, growth = 2 }
wide = { family = "wide-resnet", depth = 10, widening = 1 }
[lineages]
ban = { models = ["dense", "wide"], generations = 1 }
[table]
rows = ["dense", "wide"]
columns = ["teacher", "ban-1"]
"""
NOW = 1_000_000.0


@frozen
class Workspace:
    root: Path

    def graph(self) -> Graph:
        """Of what is linked."""
        index = read_index(self.root)
        return linked(
            index,
            {
                address: read_stage(self.root, index.parameter_file(address), address)
                for address in index.stages
            },
        )

    def state(self) -> State:
        return read(self.root, {address: placed.stage for address, placed in self.graph().stages.items()})

    def status(self, state: State | None = None, *tables: str) -> Status:
        graph, state = self.graph(), state or self.state()
        made = plan(graph, state)
        estimates = estimate(made, graph, state.timings, cpu())
        return status(graph, state, made, estimates, frozenset(tables or graph.paths), NOW)

    def stage(self, name: str, made: Status | None = None) -> StageStatus:
        (stage,) = [stage for stage in (made or self.status()).stages if name in stage.names]
        return stage

    def address(self, name: str) -> Address:
        (address,) = [address for address, placed in self.graph().stages.items() if name in placed.names]
        return address


@pytest.fixture(scope="session")
def finish(tests_module: Callable[[str], Any]) -> Callable[[Path, list[Path]], None]:
    """Links specs, and makes every output."""
    finish = tests_module("plan/finished.py").finish
    return lambda root, specs: finish(root, compile_specs(root, specs))


@pytest.fixture(scope="session")
def finished(
    tmp_path_factory: pytest.TempPathFactory, finish: Callable[[Path, list[Path]], None]
) -> Workspace:
    root = tmp_path_factory.mktemp("status") / "workspace"
    (root / ".dvc").mkdir(parents=True)
    (root / ".dvc/config").write_text("[core]\n    analytics = false\n    no_scm = true\n")
    (root / "spec").mkdir()
    (root / "spec/t.toml").write_text(SPEC)
    finish(root, [root / "spec/t.toml"])
    return Workspace(root)


@pytest.fixture
def workspace(finished: Workspace, tmp_path: Path) -> Workspace:
    return Workspace(shutil.copytree(finished.root, tmp_path / "workspace", symlinks=True))
