"""Running linked stages without DVC, for a machine with a GPU that has none."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import stages

from banc.stage.index import read_index

SPEC = """
banc = 1
title = "One seed"
data = { set = "digits", train = 40 }
seeds = [0]
recipe = { preset = "wide-resnet", epochs = 1, batch = 20, augment = { pad = 1, flip = false } }
models.small = { family = "wide-resnet", depth = 10, widening = 1 }
lineages.ban = { models = "small", generations = 1 }
table = { rows = "small", columns = ["teacher", "ban-1"] }
"""


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    if any(shutil.which(program) is None for program in ("banc", "dvc", "git")):
        pytest.skip("`banc compile` needs banc installed, DVC and git")
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec/small.toml").write_text(SPEC)
    for command in (["init"], ["compile", "spec/small.toml"]):
        subprocess.run(["banc", *command], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


def test_every_stage_runs_when_its_inputs_are_there_and_none_twice(linked: Path, checkout: Path) -> None:
    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        # Without DVC: no program is found.
        environment = {**os.environ, "BANC_DEVICE": "cpu", "PATH": str(linked)}
        command = [sys.executable, checkout / "tests/gpu/stages.py", *arguments]
        return subprocess.run(
            command, cwd=linked, env=environment, capture_output=True, text=True, check=False
        )

    assert call("--minutes", "0").returncode == 0
    assert not (linked / "runs").exists()
    done = call()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("6 stages to run, 3 at a time\n")
    assert "done    table\n" in done.stdout
    results = linked / "results/small/results.json"
    assert json.loads(results.read_text())
    assert call().stdout == "0 stages to run, 3 at a time\n"
    # What fails is told, and what depends on it is not run.
    for written in (results, *linked.glob("runs/score-*/metrics.json")):
        written.unlink()
    for outputs in linked.glob("runs/train-*/outputs.npy"):
        outputs.write_bytes(outputs.read_bytes()[:100])
    failed = call()
    assert failed.returncode == 1
    assert failed.stderr.count("says why") == 2
    assert failed.stderr.endswith("for what failed or what is missing: 1 stages\n")
    assert not results.exists()


def test_a_run_needs_what_it_is_made_of(linked: Path) -> None:
    index = read_index(linked)
    kinds = {address: entry.kind for address, entry in index.stages.items()}
    of_teacher = stages.wanted(index, ["small/teacher"])
    assert {kinds[address] for address in of_teacher} >= {"data", "train", "score"}
    assert "table" not in {kinds[address] for address in of_teacher}
    assert of_teacher < stages.wanted(index, ["small/ban-1", "small/teacher"]) < stages.wanted(index, [])
    with pytest.raises(SystemExit, match="no run is called small/ban-7"):
        stages.wanted(index, ["small/ban-7"])
