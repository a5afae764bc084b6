"""What a plan says is what the real ``dvc repro`` then does, stage for stage, both ways.

Walks change specs and workspaces at random (``walk.py``). BANC_WALKS=60 walks more of them, by hand.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# Classes of ``conftest``, which cannot be imported from here.
Workspace = Any
MakeWorkspace = Callable[[str], Workspace]
STEPS = 3
WALKS = int(os.environ.get("BANC_WALKS", 0))
FIRST_WALK = int(os.environ.get("BANC_FIRST_WALK", 0))
"""With BANC_WALKS: the number of the first one."""
ANSWERS = {"keep": {"kept"}, "restore": {"restored"}, "run": {"ran"}, "wait": {"kept", "restored", "ran"}}

_spec = importlib.util.spec_from_file_location("walk", Path(__file__).parent / "walk.py")
assert _spec and _spec.loader
walk = importlib.util.module_from_spec(_spec)
sys.modules["walk"] = walk
_spec.loader.exec_module(walk)


def _numbers(few: int) -> range:
    return range(FIRST_WALK, FIRST_WALK + WALKS) if WALKS else range(few)


@pytest.fixture(scope="module")
def first_runs(new_workspace: MakeWorkspace) -> Callable[[str], Workspace]:
    """The workspace in which every walk begins, by who runs its stages."""
    made: dict[str, Workspace] = {}

    def first_run(runner: str) -> Workspace:
        if runner not in made:
            workspace = made[runner] = new_workspace(runner)
            walk.Walk(workspace, 0, cheap=runner == "stand-in").write_specs()
            workspace.compile()
            assert set(workspace.repro().values()) == {"ran"}
        return made[runner]

    return first_run


@pytest.mark.parametrize("number", _numbers(6))
def test_walk(
    number: int,
    first_runs: Callable[[str], Workspace],
    copy_of: Callable[[Workspace], Workspace],
    told: Callable[[Any], dict[str, str]],
) -> None:
    """The stages' bytes are made up, and so cost nothing."""
    _walk(walk.Walk(copy_of(first_runs("stand-in")), number, cheap=True), told)


@pytest.mark.parametrize("number", _numbers(2))
def test_walk_that_trains(
    number: int,
    first_runs: Callable[[str], Workspace],
    copy_of: Callable[[Workspace], Workspace],
    told: Callable[[Any], dict[str, str]],
) -> None:
    """The stages are those of ``banc run``."""
    _walk(walk.Walk(copy_of(first_runs("banc")), number, cheap=False), told)


def _walk(way: Any, told: Callable[[Any], dict[str, str]]) -> None:
    for _ in range(STEPS):
        way.told.append("--")
        way.change()
        before = told(way.workspace.plan())
        way.workspace.compile()
        planned = told(way.workspace.plan())
        what = "\n".join(way.told)
        assert planned == before, f"linking changes the plan after\n{what}"
        did = way.workspace.repro()
        assert planned.keys() == did.keys(), what
        wrong = {
            address: f"planned {word}, {did[address]}"
            for address, word in planned.items()
            if did[address] not in ANSWERS[word]
        }
        assert not wrong, f"{wrong} after\n{what}"
        assert set(told(way.workspace.plan()).values()) == {"keep"}, f"not all kept after\n{what}"
