"""Two nodes run the quickstart, and a table of 100 stages, to the ``results.json`` that ``dvc repro`` makes;
and a training that others pre-empt ends in the same bytes.

Real trainings, and so minutes: by hand, BANC_SLURM_MANY=1 pytest tests/cluster/test_many.py -s.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from banc.stage.index import read_index

Workspace = Any

pytestmark = pytest.mark.skipif(
    "BANC_SLURM_MANY" not in os.environ, reason="takes minutes: BANC_SLURM_MANY=1"
)

HUNDRED = f"""
banc = 1
title = "A hundred stages"
data = {{ set = "digits", train = 200 }}
seeds = {[*range(10)]}
recipe = {{ epochs = 4, batch = 20, augment = {{ pad = 1, flip = false }} }}
[models]
net = {{ family = "densenet-bc", depth = 10, growth = 4 }}
[lineages]
ban = {{ models = "net", generations = 2, objective = "ban-l" }}
[ensembles]
first = {{ of = "net", members = ["teacher", "ban-1"] }}
last = {{ of = "net", members = ["ban-1", "ban-2"] }}
ends = {{ of = "net", members = ["teacher", "ban-2"] }}
whole = {{ of = "net", members = ["teacher", "ban-1", "ban-2"] }}
[table]
rows = "net"
columns = ["teacher", "ban-1", "ban-2", "first", "last", "ends", "whole"]
"""
"""102 stages: 30 trainings, 70 scores, the data and the table."""


@pytest.mark.parametrize("which", ["quickstart", "hundred"])
def test_same_results(
    which: str, slurm: Any, until: Any, new_workspace: Any, copy_as: Any, checkout: Path, monkeypatch: Any
) -> None:
    made = new_workspace("banc")
    if which == "hundred":
        (made.root / "spec/hundred.toml").write_text(HUNDRED)
    else:
        shutil.copy(checkout / "spec/quickstart.toml", made.root / "spec")
    made.compile()
    stages = len(read_index(made.root).stages)
    copied = copy_as(made, "on-cluster")
    workspace = evolve(copied, environment=copied.environment | slurm.environment_of(copied))
    monkeypatch.setattr(sys.modules[type(slurm).__module__], "PATIENCE", 3600.0)

    # Beside it, to save time: what is compared are bytes.
    dvc = subprocess.Popen(
        [sys.executable, "-m", "dvc", "--wait-for-lock", "repro", "--quiet"],
        cwd=made.root,
        env=made.environment,
    )
    begin = time.monotonic()
    done = workspace.call(sys.executable, "-m", "banc", "submit", "--gpus", "1")
    submitted = time.monotonic() - begin
    assert done.returncode == 0, done.stderr
    until(slurm.over)
    on_cluster = time.monotonic() - begin
    assert {*slurm.states().values()} == {"COMPLETED"}

    assert dvc.wait() == 0
    by_dvc = time.monotonic() - begin
    name = f"results/{which}/results.json"
    assert (workspace.root / name).read_bytes() == (made.root / name).read_bytes()
    for path in made.root.glob("runs/*/*"):
        assert (workspace.root / path.relative_to(made.root)).read_bytes() == path.read_bytes()
    assert "up to date" in workspace.call(sys.executable, "-m", "dvc", "repro").stdout
    jobs = int(re.findall(r"^(\d+) jobs submitted", done.stdout, flags=re.MULTILINE)[0])
    print(
        f"\n{which}: {stages} stages, {jobs} jobs submitted in {submitted:.1f} s, "
        f"done in {on_cluster:.0f} s; dvc repro {by_dvc:.0f} s"
    )


LONG = HUNDRED.replace("epochs = 4", "epochs = 60").replace(str([*range(10)]), "[0]")


def test_a_training_that_is_preempted_goes_on(
    slurm: Any, until: Any, new_workspace: Any, copy_as: Any, tmp_path: Path
) -> None:
    made = new_workspace("banc")
    (made.root / "spec/long.toml").write_text(LONG)
    made.compile()
    copied = copy_as(made, "on-cluster")
    environment = copied.environment | slurm.environment_of(copied) | {"BANC_CHECKPOINT_SECONDS": "0.1"}
    workspace = evolve(copied, environment=environment)
    root = workspace.root
    done = workspace.call(sys.executable, "-m", "banc", "submit", "--gpus", "1", "net/teacher")
    training = re.findall(r"^job (\d+): net teacher", done.stdout, flags=re.MULTILINE)[0]
    until(lambda: bool(list(root.glob(".banc/checkpoints/*/0*"))))
    (tmp_path / "urgent.sh").write_text("#!/bin/sh\nsleep 3\n")
    options = ("--partition=urgent", "--nodes=2", "--exclusive", f"--output={tmp_path}/said")
    slurm.call("sbatch", *options, str(tmp_path / "urgent.sh"))
    until(lambda: slurm.states()[training] == "PENDING")
    until(slurm.over)
    assert slurm.states()[training] == "COMPLETED"
    assert "goes on at epoch" in next(root.glob(".banc/logs/train-*.log")).read_text()
    assert made.call(sys.executable, "-m", "banc", "repro", "net/teacher").returncode == 0
    for path in made.root.glob("runs/*/*"):
        assert (root / path.relative_to(made.root)).read_bytes() == path.read_bytes()
