"""``gc`` and the real DVC: what it does afterwards, and who waits for whom."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from banc.errors import BancError
from banc.plan.step import Run
from banc.running import nobody_at_work, running

# Classes of ``conftest``, which cannot be imported from here.
Workspace = Any


@pytest.fixture
def dvc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """DVC's command; with databases of its own."""
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(tmp_path / "global"))
    return [sys.executable, "-m", "dvc"]


def test_what_is_kept_runs_nothing(workspace: Workspace, dvc: list[str]) -> None:
    """Neither what is there, nor what DVC has to fetch from its cache."""
    assert len(workspace.collect()) > 10
    for path in sorted((workspace.root / "runs").glob("train-*/*")):
        path.unlink()
    files = workspace.files()
    done = subprocess.run([*dvc, "repro"], cwd=workspace.root, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert said.count("is cached - skipping run, checking out outputs") == 2
    assert "Running stage" not in said
    assert set(files) < set(workspace.files())
    gone = [step for step in workspace.plan("longer").steps if isinstance(step.action, Run)]
    assert {step.kind for step in gone} == {"train", "predict", "score", "table"}


def test_dvc_does_not_start_meanwhile(workspace: Workspace, dvc: list[str]) -> None:
    with nobody_at_work(workspace.root):
        done = subprocess.run(
            [*dvc, "status"], cwd=workspace.root, capture_output=True, text=True, check=False
        )
    assert done.returncode != 0
    assert "Unable to acquire lock" in done.stdout + done.stderr
    assert running(workspace.root) == ()


def test_refused_while_somebody_is_at_work(workspace: Workspace) -> None:
    lock = workspace.root / ".banc/locks/train-a-0123456789ab.lock"
    for path in (workspace.root / ".dvc/tmp/lock", lock):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            with (
                pytest.raises(BancError, match="is running in this workspace"),
                nobody_at_work(workspace.root),
            ):
                raise AssertionError
    with nobody_at_work(workspace.root):
        pass
