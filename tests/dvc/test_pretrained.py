"""A teacher that a plain loop trained, through the real DVC."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from attrs import evolve
from safetensors.torch import save_file
from sklearn.datasets import load_digits
from torch import nn

import banc

# A class of ``conftest``, which cannot be imported from here.
Workspace = Any

NETWORK = """\
from torch import nn

def small(classes, channels, height, width):
    return nn.Sequential(nn.Flatten(), nn.Linear(channels * height * width, classes))
"""
SPEC = """
banc = 1
title = "Taught from elsewhere"
data = { set = "digits", train = 20 }
seeds = [0]
recipe = { epochs = 1, batch = 10, augment = { pad = 0, flip = false } }
[models]
mine = { family = "factory", file = "mine.py", function = "small" }
wide = { family = "wide-resnet", depth = 10, widening = 1 }
[pretrained.hub]
model = "mine"
file = "weights/hub.safetensors"
sha256 = "DIGEST"
[transfers]
t = { teacher = "mine/hub", students = "wide" }
[ensembles]
both = { of = "wide", members = ["t", "mine/hub"] }
[table]
rows = ["mine", "wide"]
columns = ["parameters", "hub", "t", "both"]
"""

ALONE = """
[table]
rows = ["wide"]
columns = ["teacher"]
"""


def trained_elsewhere() -> nn.Module:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    pixels, labels = load_digits(return_X_y=True)
    images = torch.tensor(pixels[:300], dtype=torch.float32).reshape(-1, 1, 8, 8)
    images = (images - images.mean()) / images.std()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    for _ in range(50):
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(images), torch.tensor(labels[:300])).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return network.eval()


@pytest.fixture(scope="module")
def network() -> nn.Module:
    return trained_elsewhere()


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, new_workspace: Any, network: nn.Module) -> Workspace:
    made = new_workspace(tmp_path_factory.mktemp("pretrained") / "workspace")
    (made.root / "weights").mkdir()
    (made.root / "mine.py").write_text(NETWORK)
    file = made.root / "weights/hub.safetensors"
    save_file(network.state_dict(), file)
    made.compile(t=SPEC.replace("DIGEST", hashlib.sha256(file.read_bytes()).hexdigest()))
    made.repro()
    return made


@pytest.fixture
def workspace(ran: Workspace, tmp_path: Path) -> Workspace:
    shutil.copytree(ran.root, tmp_path / "workspace", symlinks=True)
    return evolve(ran, root=tmp_path / "workspace")


def test_it_is_scored_teaches_is_pooled_and_is_marked(ran: Workspace, network: nn.Module) -> None:
    (data,) = ran.root.glob("runs/data-*")
    facts = json.loads((data / "data.json").read_text())
    mean, std = (np.float32(facts[key][0]) for key in ("mean", "std"))
    images = torch.from_numpy((np.load(data / "test_images.npy") / np.float32(255) - mean) / std)
    labels = np.load(data / "test_labels.npy")
    with torch.no_grad():
        logits = network(images).numpy()
    (folder,) = ran.root.glob("runs/import-*")
    assert np.allclose(np.load(folder / "outputs.npy"), logits, rtol=1e-5, atol=1e-4)

    done = ran.banc("report", "--format", "json")
    (table,) = json.loads(done.stdout)
    cells = {(cell["row"], cell["column"]): cell for cell in table["cells"]}
    hub = cells["mine", "hub"]
    assert hub["mean"] == pytest.approx(100 * (logits.argmax(1) != labels).mean())
    assert (hub["n"], hub["std"], hub["scores"][0]["seed"]) == (1, None, None)
    assert cells["wide", "t"]["state"] == cells["wide", "both"]["state"] == "complete"
    assert hub["imported"] == cells["wide", "both"]["imported"] and cells["wide", "t"]["imported"] is None
    assert "†: trained elsewhere" in ran.banc("report").stdout

    elsewhere = {run.column: run.elsewhere for run in banc.results("t", root=ran.root)}
    assert elsewhere == {"hub": True, "t": False, "both": True}
    with torch.no_grad():
        again = banc.load_model(ran.root, "mine/hub")(images).numpy()
    assert np.allclose(again, logits, atol=1e-4)
    assert "0 to run, 0 to restore, 8 kept" in ran.banc("plan").stdout


def test_a_moved_file_runs_its_own_stage_alone(workspace: Workspace) -> None:
    """Then DVC's run cache knows it under a command that YAML puts in quotes, and the plan finds it there."""
    before = workspace.runs()
    (workspace.root / "weights/hub.safetensors").rename(workspace.root / "it's $here: a.safetensors")
    spec = (workspace.root / "spec/t.toml").read_text()
    workspace.compile(t=spec.replace("weights/hub", "it's $here: a"))
    plan = json.loads(workspace.banc("plan", "--format", "json").stdout)
    (first,) = (stage for stage in plan["stages"] if stage["action"] == "run")
    assert (first["kind"], first["reason"]["kind"]) == ("import", "command_changed")
    assert workspace.repro().kinds == ["import"]
    assert workspace.runs() == before

    shutil.rmtree(workspace.root / "runs")
    for lock in workspace.root.glob("pipelines/*/dvc.lock"):
        lock.unlink()
    plan = json.loads(workspace.banc("plan", "--format", "json").stdout)
    (imported,) = (stage for stage in plan["stages"] if stage["kind"] == "import")
    assert imported["action"] == "restore"
    assert "import" not in workspace.repro().kinds
    assert workspace.runs() == before


def test_banc_repro_runs_it_too_and_explain_and_export_say_what_it_is(workspace: Workspace) -> None:
    before = workspace.runs()
    (workspace.root / "weights/hub.safetensors").rename(workspace.root / "it's $here.safetensors")
    spec = (workspace.root / "spec/t.toml").read_text()
    workspace.compile(t=spec.replace("weights/hub", "it's $here"))
    done = workspace.banc("repro")
    assert done.code == 0, done.out
    assert workspace.runs() == before
    assert workspace.repro().ran == []
    (workspace.root / "spec/none.toml").write_text(
        spec.split("[pretrained.hub]")[0].replace("[models]", 'baselines = ["wide"]\n[models]') + ALONE
    )
    changed = json.loads(workspace.banc("diff", "spec/none.toml", "spec/t.toml", "--format", "json").stdout)
    assert changed["cost"]["import"] == {"run": 0, "may_run": 0, "recorded": 0, "done": 1}

    told = json.loads(workspace.banc("explain", "wide/t", "--format", "json").stdout)
    (student,) = told["tree"]["score"]["members"]
    (teacher,) = student["teachers"]
    assert teacher["network"]["node"] == "imported"
    assert teacher["network"]["file"] == "it's $here.safetensors"
    assert "mine hub, trained elsewhere" in workspace.banc("explain", "wide/t").stdout

    refused = workspace.banc("export", "mine/hub", "out")
    assert refused.code == 2
    assert "`mine hub` was trained elsewhere" in refused.out
    assert not (workspace.root / "out").exists()


def test_a_file_that_is_edited_in_place_is_found(workspace: Workspace) -> None:
    before = workspace.runs()
    file = workspace.root / "weights/hub.safetensors"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    assert "BANC061" in workspace.banc("check").out
    done = workspace.dvc("repro")
    assert done.code != 0
    assert done.kinds == ["import"]
    assert "`weights/hub.safetensors` has the digest" in done.out
    kept = {path: content for path, content in before.items() if not path.startswith("runs/import-")}
    assert kept.items() <= workspace.runs().items(), "DVC empties the folder of the stage that it runs"


def test_a_clone_without_the_file_can_plan_and_report(workspace: Workspace) -> None:
    assert workspace.dvc("add", "--quiet", "weights/hub.safetensors").code == 0
    (workspace.root / "weights/hub.safetensors").unlink()
    assert "warning[BANC063]" in workspace.banc("check").out
    assert workspace.banc("report").code == 0
    plan = json.loads(workspace.banc("plan", "--format", "json").stdout)
    (first,) = (stage for stage in plan["stages"] if stage["action"] == "run")
    assert first["reason"] == {"kind": "input_missing", "path": "weights/hub.safetensors"}
    assert workspace.dvc("repro").code != 0, "DVC stops there, as the plan says"
