"""What ``banc repro -j 3`` leaves is what ``dvc repro`` leaves: outputs, lock entries, cache, run cache.

Workspaces are changed at random (``tests/plan/walk.py``), stages fail, and the whole is killed. BANC_WALKS=50
walks more of them, by hand.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# Classes and functions of ``conftest``, which cannot be imported from here.
Workspace = Any
CopyAs = Callable[[Workspace, str], Workspace]
Left = Callable[[Path], dict[str, Any]]
BANC = (sys.executable, "-m", "banc", "repro", "-j", "3")
DVC = ("repro", "--keep-going")
FEW = range(3)
LAST = {
    "data": "data.json",
    "train": "outputs.npy",
    "import": "outputs.npy",
    "predict": "outputs.json",
    "score": "outcomes.npy",
}
"""Of each kind, the output that a stand-in publishes last."""
WALKS = range(100, 100 + int(os.environ.get("BANC_WALKS", "0")))


def in_order(code: int) -> bool:
    """As opposed to 2, a wrong call, and to a crash of Python's, which is 1 with a traceback."""
    return code in (0, 1)


@pytest.mark.parametrize("number", WALKS or FEW)
def test_walk(number: int, first_run: Workspace, copy_as: CopyAs, walk: Any, left: Left) -> None:
    way = walk.Walk(copy_as(first_run, "dvc"), number, cheap=True)
    choose = random.Random(number)
    for _ in range(choose.choice((1, 2, 3))):
        way.change()
    by_dvc = way.workspace
    by_dvc.compile()
    (by_dvc.root / "ran").unlink(missing_ok=True)
    will_run = [step.address for step in by_dvc.plan().steps if type(step.action).__name__ in ("Run", "Wait")]
    if will_run and choose.random() < 0.5:
        (by_dvc.root / "failing").write_text(choose.choice(will_run))
    by_banc = copy_as(by_dvc, "banc")
    told = "\n".join(way.told)

    _same(by_dvc, by_banc, left, told)
    if (by_dvc.root / "failing").exists():
        for workspace in (by_dvc, by_banc):
            (workspace.root / "failing").unlink()
        _same(by_dvc, by_banc, left, told)
    again = by_banc.dvc(*DVC)
    assert "Running" not in again.stdout + again.stderr, told
    assert "is cached" not in again.stdout + again.stderr, told
    assert "up to date" in again.stdout, told


def _same(by_dvc: Workspace, by_banc: Workspace, left: Left, told: str) -> None:
    first, second = by_dvc.dvc(*DVC), by_banc.call(*BANC)
    assert "Traceback" not in second.stderr, second.stderr
    assert in_order(second.returncode), second.stderr
    assert bool(first.returncode) == bool(second.returncode), f"{told}\n{second.stdout}{second.stderr}"
    expected, got = left(by_dvc.root), left(by_banc.root)
    differ = sorted(path for path in expected.keys() | got.keys() if expected.get(path) != got.get(path))
    assert not differ, f"{told}\n{first.stdout}{second.stdout}{second.stderr}"


def test_what_ran_before_a_kill_is_recorded_and_not_run_again(
    first_run: Workspace, copy_as: CopyAs, left: Left
) -> None:
    """Of a new workspace, so that everything has to run; killed when at least four stages have ended.

    One is at work then, and ends later: nobody can have recorded it.
    """
    by_dvc = copy_as(first_run, "dvc")
    for path in ("runs", "results", ".dvc/cache"):
        shutil.rmtree(by_dvc.root / path)
    for path in (by_dvc.root / "ran", by_dvc.root / "dvc.lock", *by_dvc.root.glob("pipelines/*/dvc.lock")):
        path.unlink()
    by_banc = copy_as(by_dvc, "banc")
    assert by_dvc.dvc(*DVC).returncode == 0

    (by_banc.root / "slow").touch()
    student = next(by_banc.root.glob("pipelines/*/train-*-ban-l-*.json")).stem
    (by_banc.root / "held").write_text(student)
    running = subprocess.Popen(
        BANC, cwd=by_banc.root, env=by_banc.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    made = by_banc.root / ".banc/made"
    while len(complete(by_banc.root)) < 4 or student not in _begun(by_banc.root):
        assert running.poll() is None
        time.sleep(0.02)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    (by_banc.root / "go").touch()
    # Stand-ins do not watch whoever started them: the ones that were running end by themselves.
    while {*_begun(by_banc.root)} - complete(by_banc.root):
        time.sleep(0.05)
    done = complete(by_banc.root)
    assert list(made.glob("*.json"))
    (by_banc.root / "slow").unlink()
    (by_banc.root / "ran").unlink()
    again = by_banc.call(*BANC)
    assert again.returncode == 0, again.stderr
    assert not done & {*_begun(by_banc.root)}
    assert "it ran before and was not recorded" in again.stdout
    assert left(by_banc.root) == left(by_dvc.root)
    assert (by_banc.root / "forked").exists()
    assert not list(made.iterdir())
    assert "up to date" in by_banc.dvc(*DVC).stdout


def _begun(root: Path) -> list[str]:
    return (root / "ran").read_text().split() if (root / "ran").exists() else []


def complete(root: Path) -> set[str]:
    """The stages whose outputs are published, to the last."""
    return {
        path.parent.name
        for path in root.glob("runs/*/*")
        if path.name == LAST[path.parent.name.partition("-")[0]]
    }
