"""A slice of Table 2, one row of each family, through the real DVC as a smoke run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

# A class of ``conftest``, which cannot be imported from here.
Ended = Any

SLICE = """
banc = 1
title = "A slice of Table 2"
data = "cifar100"
recipe = "wide-resnet"
seeds = [0]
baselines = ["pre", "wide", "match-wide"]
[models]
dense = { family = "densenet-bc", depth = 90, growth = 60, third_transition = true }
pre = { family = "pre-resnet", depth = 1001 }
wide = { family = "wide-resnet", depth = 28, widening = 10, dropout = 0.3 }
match-pre = { family = "match-pre-resnet", units = 14, ratio = 0.5, skeleton = "dense" }
match-wide = { family = "match-wide-resnet", units = 4, ratio = 0.5, skeleton = "dense" }
[models.match-dense]
family = "match-densenet"
units = 14
input_ratio = 0.5
growth_ratio = 1
skeleton = "dense"
[transfers.ban]
teacher = "dense"
students = ["match-pre", "match-wide", "match-dense"]
objective = "cwtm"
except.match-dense.objective = "dkpp"
except.match-pre = { objective = "ban-l", teacher_outputs = "live" }
share = ["stem", "classifier"]
[table]
rows = ["pre", "wide", "ban"]
columns = ["parameters", "baseline", "ban"]
published.match-wide.ban = 17.13
"""


@pytest.fixture
def smoked(dvcs_own_folders: None, tmp_path: Path, new_workspace: Any) -> Any:
    workspace = new_workspace(tmp_path / "workspace")
    (workspace.root / "spec/slice.toml").write_text(SLICE)
    compiled = workspace.banc("compile", "--smoke", "spec/slice.toml")
    assert compiled.code == 0, compiled.out
    workspace.repro()
    return workspace


def test_a_slice_of_table_2_ends_with_every_cell_filled(smoked: Any) -> None:
    done = smoked.banc("report", "--smoke", "spec/slice.toml", "--format", "json")
    assert done.code == 0, done.out
    (table,) = json.loads(done.stdout)
    assert table["title"].startswith("SMOKE TEST, NOT A RESULT: ")
    states = {(cell["row"], cell["column"]): cell["state"] for cell in table["cells"]}
    run = {("pre", "baseline"), ("wide", "baseline"), ("match-wide", "baseline")}
    run |= {(row, "ban") for row in ("match-pre", "match-wide", "match-dense")}
    for place, state in states.items():
        if place[1] != "parameters":
            assert state == ("complete" if place in run else "not run"), place
    assert "17.13" not in done.stdout
    # What is linked is reported without naming it, and nothing of it lies where the real table would.
    assert smoked.banc("report").out.startswith("SMOKE TEST")
    assert not (smoked.root / "results/slice").exists()
    assert (smoked.root / "results/slice-smoke/results.json").is_file()
    (real,) = json.loads(smoked.banc("report", "spec/slice.toml", "--format", "json").stdout)
    trained = {cell["state"] for cell in real["cells"] if cell["column"] != "parameters"}
    assert trained == {"unfinished", "not run"}
