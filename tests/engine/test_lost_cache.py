"""DVC's cache is lost, its locks are not: stages run side by side, and none runs whose bytes come back."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

Workspace = Any
CopyAs = Callable[[Workspace, str], Workspace]
Left = Callable[[Path], dict[str, Any]]
BANC = (sys.executable, "-m", "banc", "repro", "-j", "3")
PATIENCE = 600.0
"""Seconds after which a run that waits for DVC is given up."""


@pytest.fixture
def lost(first_run: Workspace, copy_as: CopyAs) -> Workspace:
    """A workspace in which everything had run, without outputs and cache."""
    workspace = copy_as(first_run, "lost")
    for path in ("runs", "results", ".dvc/cache"):
        shutil.rmtree(workspace.root / path)
    (workspace.root / "ran").unlink()
    return workspace


@contextmanager
def running(workspace: Workspace) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        BANC, cwd=workspace.root, env=workspace.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def wait_for(process: subprocess.Popen[str], what: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not what():
        assert process.poll() is None
        assert time.monotonic() < until, "it waits for DVC"
        time.sleep(0.02)


def ran(workspace: Workspace) -> list[str]:
    path = workspace.root / "ran"
    return path.read_text().split() if path.exists() else []


def locked(workspace: Workspace) -> dict[str, Any]:
    """The entries of all locks but the table's."""
    return {
        address: entry
        for path in workspace.root.glob("pipelines/*/dvc.lock")
        for address, entry in YAML(typ="safe").load(path.read_text())["stages"].items()
    }


def test_no_stage_waits_until_another_is_recorded(first_run: Workspace, lost: Workspace, left: Left) -> None:
    """Somebody holds DVC's lock from the first stage on: all run to their end all the same."""
    stages = locked(first_run)
    (data,) = (address for address in stages if address.startswith("data-"))
    (lost.root / "held").write_text(data)
    with running(lost) as process:
        wait_for(process, lambda: data in ran(lost))
        with (lost.root / ".dvc/tmp/lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            (lost.root / "go").touch()
            wait_for(process, lambda: all((lost.root / "runs" / stage).exists() for stage in stages))
        said, _ = process.communicate()
    assert process.returncode == 0, said
    assert sorted(ran(lost)) == sorted(ran(first_run))
    assert left(lost.root) == left(first_run.root)


def test_bytes_that_another_stage_has_just_made_are_restored(lost: Workspace) -> None:
    """A score that was the same as the teacher's; DVC would take it from there."""
    stages = locked(lost)
    networks = {
        address: {Path(dep["path"]).parent.name for dep in entry.get("deps", ()) if "/train-" in dep["path"]}
        for address, entry in stages.items()
    }
    teacher = next(address for address in stages if address.startswith("train-") and "-labels-" in address)
    student = next(address for address in stages if address.startswith("train-") and "-ban-l-" in address)

    def score_of(network: str) -> str:
        return next(stage for stage in stages if stage.startswith("score-") and networks[stage] == {network})

    first, second = score_of(teacher), score_of(student)
    for old, new in zip(stages[second]["outs"], stages[first]["outs"], strict=True):
        assert old["size"] == new["size"]
        for path in (lost.root / "dvc.lock", *lost.root.glob("pipelines/*/dvc.lock")):
            path.write_text(path.read_text().replace(old["md5"], new["md5"]))
    (lost.root / "held").write_text(student)
    with running(lost) as process:
        assert process.stdout
        while "done     dense teacher seed 0 score" not in (line := process.stdout.readline()):
            assert line, "it ended before"
        wait_for(process, lambda: student in ran(lost))
        (lost.root / "go").touch()
        said, _ = process.communicate()
    assert process.returncode == 0, said
    assert first in ran(lost)
    assert second not in ran(lost)
    for path in (lost.root / "runs" / second).iterdir():
        assert path.read_bytes() == (lost.root / "runs" / first / path.name).read_bytes()
