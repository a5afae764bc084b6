"""``banc check`` and weights: a safetensors file is compared with its model, and nothing of it is loaded."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from banc.cli.check_weights import faults_of_weights
from banc.config.data import Digits
from banc.config.model import WideResNet
from banc.language.load import Loaded, load
from banc.models.build import build

pytestmark = pytest.mark.usefixtures("forked_trials")

HEAD = """
banc = 1
title = "A table"
data = "digits"
recipe = "wide-resnet"
seeds = [0]
[models]
wide = { family = "wide-resnet", depth = 10, widening = 1 }
mine = { family = "factory", file = "mine.py", function = "make" }
[table]
rows = ["wide", "mine"]
columns = [COLUMNS]
"""
OWN = """\
from torch import nn
open("ran", "a").write("x")

def make(classes, channels, height, width):
    return nn.Sequential(nn.Flatten(), nn.Linear(channels * height * width, classes))
"""


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loaded:
    """Files that fit, and files that do not, all in one spec, so that one process tells of all."""
    (tmp_path / ".dvc").mkdir()
    (tmp_path / "mine.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    right = build(WideResNet(10, 1), Digits.shape).state_dict()
    renamed = {f"module.{name}": tensor for name, tensor in right.items()}
    hundred = {
        name: torch.zeros(100, *tensor.shape[1:]) if "classifier" in name else tensor
        for name, tensor in right.items()
    }
    own = {"1.weight": torch.zeros(10, 64), "1.bias": torch.zeros(10)}
    files = {
        "right": ("wide", "right.safetensors", save(right)),
        "renamed": ("wide", "renamed.safetensors", save(renamed)),
        "hundred": ("wide", "hundred.safetensors", save(hundred)),
        "torn": ("wide", "torn.safetensors", save(right)[:-4]),
        "pickled": ("wide", "pickled.pt", b"not looked at"),
        "own": ("mine", "own.safetensors", save(own)),
        "other": ("mine", "other.safetensors", save(right)),
    }
    text = HEAD.replace("COLUMNS", ", ".join(f'"{name}"' for name in files))
    for name, (model, file, content) in files.items():
        (tmp_path / file).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        text += f'[pretrained.{name}]\nmodel = "{model}"\nfile = "{file}"\nsha256 = "{digest}"\n'
    (tmp_path / "t.toml").write_text(text)
    return load(tmp_path / "t.toml")


def test_what_does_not_fit_is_told_at_its_file(loaded: Loaded, tmp_path: Path) -> None:
    faults = faults_of_weights([loaded])
    assert {fault.code.code for fault in faults} == {"BANC062"}
    told = {fault.line_text.split('"')[1]: fault.message for fault in faults}
    assert sorted(told) == [f"{stem}.safetensors" for stem in ("hundred", "other", "renamed", "torn")]
    assert "its names begin with `module.`" in told["renamed.safetensors"]
    assert "it tells 100 classes apart, and the data set has 10" in told["hundred.safetensors"]
    assert "no safetensors file" in told["torn.safetensors"]
    assert "not the weights of `mine`: it lacks `1.weight` and `1.bias`" in told["other.safetensors"]
    assert (tmp_path / "ran").exists(), "the test of the next one"


def test_without_code_only_banc_s_own_networks_are_compared(loaded: Loaded, tmp_path: Path) -> None:
    faults = faults_of_weights([loaded], run_code=False)
    assert len(faults) == 3
    assert not (tmp_path / "ran").exists()


def test_a_spec_without_such_files_starts_no_process(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("subprocess.Popen", None)
    assert faults_of_weights([load(checkout / "spec/table2.toml")]) == []
