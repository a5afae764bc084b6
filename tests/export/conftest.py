"""A workspace in which small runs are finished, made once: networks of banc's own and of a person's."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from attrs import frozen
from rich.console import Console

import banc
from banc.cli import main
from banc.runner.execute import execute
from banc.stage.files import load_stage, reads
from banc.stage.index import read_index
from banc.stage.kinds import Address

SPEC = """
banc = 1
title = "T"
data = { set = "digits", train = 20 }
seeds = [0, 1]
recipe = { epochs = 1, batch = 10, augment = { pad = 0, flip = false } }
[models]
dense = { family = "densenet-bc", depth = 10, growth = 2 }
half = { family = "densenet-bc", depth = 10, growth = 2 }
number = { family = "factory", file = "networks/odd.py", function = "odd", arguments = { by = "number" } }
batch = { family = "factory", file = "networks/odd.py", function = "odd", arguments = { by = "batch" } }
[lineages]
ban = { models = "dense", generations = 2 }
odd = { models = ["number", "batch"], generations = 1 }
[transfers]
coarse = { teacher = "dense/both", students = "half", recipe = { precision = "bfloat16" } }
[ensembles]
both = { of = "dense", members = ["teacher", "ban-1"] }
all = { of = "dense", members = ["ban-2"], across_seeds = true }
[table]
rows = ["dense", "half", "number", "batch"]
columns = ["teacher", "ban-2", "both", "all", "coarse"]
"""

ODD = """
import torch

class Odd(torch.nn.Module):
    def __init__(self, features, classes):
        super().__init__()
        self.classifier = torch.nn.Linear(features, classes)

class Number(Odd):
    def forward(self, images):
        if not images.is_meta and images.sum() > 1e9:
            return self.classifier(-images.flatten(1))
        return self.classifier(images.flatten(1))

class Batch(Odd):
    def forward(self, images):
        if len(images) > 64:
            return torch.cat([self(part) for part in images.split(64)])
        return self.classifier(images.flatten(1))

def odd(classes, channels, height, width, by):
    return {"number": Number, "batch": Batch}[by](channels * height * width, classes)
"""
"""Networks whose Python depends on the numbers that they read, or on how many images there are."""


@frozen
class Done:
    """How a call ended."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace; tests only read it."""
    root = tmp_path_factory.mktemp("ran").resolve()
    for folder in (".dvc", "spec", "networks"):
        (root / folder).mkdir()
    (root / "spec/t.toml").write_text(SPEC)
    (root / "networks/odd.py").write_text(ODD)
    banc.compile(root / "spec/t.toml", root=root)
    threads, mode = torch.get_num_threads(), torch.get_deterministic_debug_mode()
    waiting = [Address(address) for address in read_index(root).stages]
    while waiting:
        stages = {address: load_stage(root, address) for address in waiting}
        ready = [a for a, stage in stages.items() if all((root / name).is_file() for name in reads(stage))]
        for address in ready:
            execute(root, stages[address], address, Console(file=io.StringIO()))
        assert ready
        waiting = [address for address in waiting if address not in ready]
    torch.set_num_threads(threads)
    torch.set_deterministic_debug_mode(mode)
    return root


@pytest.fixture
def export(
    ran: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    """Calls ``banc export`` in the workspace."""
    monkeypatch.chdir(ran)

    def call(*arguments: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["banc", "export", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return Done(int(end.value.code or 0), said.out, said.err)

    return call


@pytest.fixture(scope="session")
def network(ran: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of ``dense/ban-2``, seed 0."""
    from banc.export.export import export as write

    folder = tmp_path_factory.mktemp("exports") / "network"
    write(ran, "dense/ban-2", folder, seed=0, licence="mit")
    return folder


@pytest.fixture(scope="session")
def ensemble(ran: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of ``dense/both``, seed 1."""
    from banc.export.export import export as write

    folder = tmp_path_factory.mktemp("exports") / "ensemble"
    write(ran, "dense/both", folder, seed=1)
    return folder
