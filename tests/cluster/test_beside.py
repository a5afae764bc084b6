"""What is refused while jobs are queued or running, and what is known where Slurm is silent."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from banc.cli import gc, repro
from banc.compiler import apply, compile_specs
from banc.errors import BancError, UsageError
from banc.jobs.journal import SCRIPTS, Job, append
from banc.stage.index import read_index
from banc.stage.kinds import Address
from banc.state.jobs import jobs
from banc.state.state import ClusterJob

Workspace = Any


@pytest.fixture
def queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What `squeue` prints: a program of that name prints this file, or fails where there is none."""
    program = tmp_path / "bin/squeue"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nexec cat {tmp_path}/queue\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "queue"


@pytest.fixture
def submitted(finished: Workspace, queue: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Address]:
    """A workspace in which the job of a training waits."""
    root = finished.root
    monkeypatch.chdir(root)
    training = next(stage for stage in read_index(root).stages if stage.startswith("train"))
    append(root, Job("7", f"{training}.sh", (training,), "me"))
    queue.write_text(f"7|PENDING|Priority||{root}/{SCRIPTS}/{training}.sh\n")
    return root, training


def test_nothing_is_run_or_deleted_here(submitted: tuple[Path, Address]) -> None:
    with pytest.raises(UsageError, match="queued or running on Slurm, so nothing is run here"):
        repro.repro()
    with pytest.raises(UsageError, match="so nothing is deleted"):
        gc.gc(yes=True)


def test_no_stage_is_removed_that_they_may_need(submitted: tuple[Path, Address], queue: Path) -> None:
    root, _ = submitted
    spec = root / "spec/t.toml"
    spec.write_text(spec.read_text().replace("epochs = 2", "epochs = 3"))
    compiled = compile_specs(root, [spec])
    before = sorted(root.glob("pipelines/*/*"))
    with pytest.raises(UsageError, match="is not removed, which they may still need"):
        apply(root, compiled)
    assert sorted(root.glob("pipelines/*/*")) == before
    queue.write_text("")
    apply(root, compiled)
    assert sorted(root.glob("pipelines/*/*")) != before


def test_a_silent_slurm_is_no_end(submitted: tuple[Path, Address], queue: Path) -> None:
    root, training = submitted
    waits = ClusterJob("7", "PENDING", (training,), waits=True, lives=True, reason="Priority")
    assert jobs(root, {training}) == {training: waits}
    assert jobs(root, set()) == {}
    queue.unlink()
    assert jobs(root, {training}) == {training: ClusterJob("7", "", (training,), waits=True, lives=True)}
    with pytest.raises(BancError, match="may not have ended"):
        repro.repro()
    queue.write_text("")
    gone = jobs(root, {training})[training]
    assert (gone.state, gone.lives) == ("GONE", False)
