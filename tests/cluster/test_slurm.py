"""A real Slurm of two nodes on this machine runs a table to the end, whatever happens on the way.

Skipped where Slurm's programs are absent. Stages are stand-ins (``tests/plan/stand_in.py``), but where a
training has to write a checkpoint.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

Workspace = Any
Slurm = Any
CopyAs = Callable[[Workspace, str], Workspace]
Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def on_cluster(slurm: Slurm, until: Until) -> Iterator[Callable[[Workspace], Workspace]]:
    """The workspace, as somebody at this cluster has it; when the test ends, no job is left."""

    def on(workspace: Workspace) -> Workspace:
        return evolve(workspace, environment=workspace.environment | slurm.environment_of(workspace))

    yield on
    slurm.call("scancel", "--quiet", "--user=root")
    until(slurm.over)


@pytest.fixture
def emptied(first_run: Workspace, copy_as: CopyAs) -> Workspace:
    """A copy of ``first_run`` in which nothing has run."""
    made = copy_as(first_run, "workspace")
    for path in ("runs", "results", ".dvc/cache"):
        shutil.rmtree(made.root / path)
    for path in (made.root / "ran", made.root / "gpus", made.root / "dvc.lock"):
        path.unlink()
    for path in made.root.glob("pipelines/*/dvc.lock"):
        path.unlink()
    return made


def banc(workspace: Workspace, *arguments: str) -> subprocess.CompletedProcess[str]:
    return workspace.call(sys.executable, "-m", "banc", *arguments)


def submit(workspace: Workspace, *arguments: str) -> list[str]:
    """The numbers of the jobs."""
    done = banc(workspace, "submit", "--gpus", "1", *arguments)
    assert done.returncode == 0, done.stderr
    return re.findall(r"^job (\d+):", done.stdout, flags=re.MULTILINE)


def status(workspace: Workspace, job: str) -> dict[str, Any]:
    """Of the first stage that this job has."""
    stages = json.loads(banc(workspace, "status", "--format", "json").stdout)["stages"]
    return next(stage for stage in stages if stage.get("job", {}).get("number") == job)


def logs(root: Path) -> str:
    return "".join(path.read_text() for path in sorted(root.glob(".banc/logs/*.log")))


def test_a_failed_teacher_cancels_its_students_and_submitted_again_all_is_as_after_dvc_repro(
    slurm: Slurm, on_cluster: Any, until: Until, first_run: Workspace, emptied: Workspace, left: Any
) -> None:
    workspace = on_cluster(emptied)
    root = workspace.root
    teacher = next(root.glob("pipelines/*/train-*labels*.json")).stem
    (root / "failing").write_text(teacher)
    with slurm.full():
        jobs = submit(workspace)  # data, two trainings, the outputs of one, and a record
        assert status(workspace, jobs[3])["state"] == "queued"
    until(slurm.over)
    ends = ["COMPLETED", "FAILED", "CANCELLED", "CANCELLED", "COMPLETED"]
    assert [slurm.states()[job] for job in jobs] == ends, logs(root)
    assert "no luck" in (root / f".banc/failures/{teacher}.json").read_text()
    failed = status(workspace, jobs[1])
    assert failed["state"] == "failed"
    assert failed["failure"]["message"] == "no luck"
    assert failed["job"]["state"] == "FAILED"
    assert status(workspace, jobs[3])["state"] == "waiting"
    assert "data-digits" in next(root.glob("pipelines/digits-20/dvc.lock")).read_text()

    (root / "failing").unlink()
    (root / "gpus").unlink()
    with slurm.full():
        jobs = submit(workspace)
        assert len(jobs) == 4
        assert submit(workspace) == []
        # As if the submission had been killed before it wrote down numbers.
        journal = root / ".banc/jobs.jsonl"
        journal.write_text(re.sub(r'"job": "\d+"', '"job": ""', journal.read_text()))
        assert submit(workspace) == []
        refused = banc(workspace, "repro")
    assert refused.returncode == 2
    assert "4 jobs of this workspace are queued or running on Slurm, so nothing is run here" in refused.stderr
    until(slurm.over)
    assert {slurm.states()[job] for job in jobs} == {"COMPLETED"}, logs(root)
    assert left(root) == left(first_run.root)
    assert not list(root.glob(".banc/made/*.json"))
    ran = (root / "ran").read_text().split()
    assert sorted(address for address in ran if address != teacher) == sorted({*ran} - {teacher})
    gpus = [line.split()[:2] for line in (root / "gpus").read_text().splitlines()]
    assert {gpu for gpu, kind in gpus if kind in ("train", "predict")} == {"0"}
    assert submit(workspace) == []


def test_cancel_takes_ours_and_leaves_others(
    slurm: Slurm, on_cluster: Any, until: Until, emptied: Workspace, tmp_path: Path
) -> None:
    workspace = on_cluster(emptied)
    (tmp_path / "other.sh").write_text("#!/bin/sh\nsleep 60\n")
    said = f"--output={tmp_path}/said"
    refused = banc(workspace, "submit", "--partition", "none")
    assert refused.returncode == 1
    assert "0 of 3 jobs were submitted, and then: Slurm refused `sbatch`" in refused.stderr
    assert "Invalid partition" in refused.stderr
    with slurm.full():
        other = slurm.call("sbatch", "--parsable", said, str(tmp_path / "other.sh")).strip()
        jobs = submit(workspace)
        assert banc(workspace, "cancel", "dense/ban-1").stdout.startswith("1 job cancelled")
        assert slurm.states()[jobs[3]] == "CANCELLED"
        assert banc(workspace, "cancel").stdout.startswith("4 jobs cancelled")
        assert {slurm.states()[job] for job in jobs} == {"CANCELLED"}
        assert slurm.states()[other] == "PENDING"
    assert banc(workspace, "cancel").stdout == "no job of this workspace is queued or running\n"


LONG = """
banc = 1
title = "One training"
data = { set = "digits", train = 20 }
seeds = [0]
recipe = { epochs = 1000, batch = 20, augment = { pad = 0, flip = false } }
[models]
net = { family = "densenet-bc", depth = 10, growth = 2 }
[lineages]
ban = { models = "net", generations = 1 }
[table]
rows = "net"
columns = ["teacher", "ban-1"]
"""


def test_time_limits_lost_nodes_and_kills_cost_a_checkpoint_at_most(
    slurm: Slurm, on_cluster: Any, until: Until, new_workspace: Any, copy_as: CopyAs
) -> None:
    """A real training; told by Slurm that its time is over, then its node goes away, then it is killed."""
    made = new_workspace("banc")
    (made.root / "spec/long.toml").write_text(LONG)
    made.compile()
    undisturbed = copy_as(made, "undisturbed")
    undisturbed.environment["BANC_CHECKPOINT_SECONDS"] = "0.1"
    workspace = on_cluster(undisturbed)
    root = workspace.root

    def running() -> bool:
        return slurm.states()[training] == "RUNNING"

    def step() -> str:
        """The last checkpoint."""
        return max((path.name[:12] for path in root.glob(".banc/checkpoints/*/0*")), default="")

    training = submit(workspace, "net/teacher")[1]
    until(lambda: bool(step()))
    lock = next(root.glob(".banc/locks/train-*.lock"))
    process = int(re.findall(r"\d+", lock.read_text())[0])
    os.kill(process, signal.SIGSTOP)  # however fast it is, it is still there for what comes next
    now = status(workspace, training)
    assert now["state"] == "running"
    # Within a second of its start it need not have said how far it is.
    assert now["progress"].get("epochs") in (None, 1000)
    assert now["job"]["node"] in ("n1", "n2")
    assert submit(workspace, "net/teacher") == []
    os.kill(process, signal.SIGKILL)
    until(slurm.over)
    failed = status(workspace, training)
    assert failed["failure"]["message"] == "killed by signal 9"
    assert failed["job"]["state"] == "FAILED"
    before = step()
    assert before

    jobs = submit(workspace, "net/teacher")
    assert len(jobs) == 2
    training = jobs[0]
    until(lambda: step() > before)
    slurm.call("scancel", "--batch", "--signal=USR1", training)  # as Slurm warns before a time limit
    until(lambda: slurm.states()[training] == "PENDING")
    before = step()
    assert "goes on from its checkpoint" in logs(root)

    until(lambda: slurm.over() or running())
    until(lambda: step() > before)
    node = slurm.call("squeue", "--noheader", f"--jobs={training}", "--format=%N").strip()
    slurm.lose(node)
    until(lambda: slurm.states()[training] == "PENDING")
    until(lambda: slurm.over() or running())
    assert slurm.call("squeue", "--noheader", f"--jobs={training}", "--format=%N").strip() != node
    until(slurm.over)
    assert {slurm.states()[job] for job in jobs} == {"COMPLETED"}, logs(root)
    slurm.bring_back(node)

    assert banc(made, "repro", "net/teacher").returncode == 0
    expected = {path.relative_to(made.root): path.read_bytes() for path in made.root.glob("runs/*/*")}
    assert {path.relative_to(root): path.read_bytes() for path in root.glob("runs/*/*")} == expected
    assert {path.parts[1].partition("-")[0] for path in expected} >= {"data", "train", "score"}
