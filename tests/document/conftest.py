"""Workspaces whose numbers are made up, without training: what a document is gathered from, and no more."""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import asdict

from banc.compiler import apply, compile_specs, graphs_of
from banc.document.document import Document
from banc.document.gather import gather
from banc.document.html.page import page
from banc.machine import cpu
from banc.runner.files.npy import write_array
from banc.stage import files
from banc.stage.kinds import Address, Predict, Score, Stage, Train
from banc.stage.metrics import BINS, Bin, Quality
from banc.stage.timing import FILE, Timing, timing_line

SPEC = """
banc = 1
title = "A <table> & more"
data = { set = "digits", train = 200 }
seeds = [0, 1, 2]
recipe = { epochs = 40, batch = 50, augment = { pad = 1, flip = false } }
[models]
dense = { family = "densenet-bc", depth = 10, growth = 2 }
wide = { family = "wide-resnet", depth = 10, widening = 1 }
[lineages]
ban = { models = "dense", generations = 2 }
[lineages.cwtm]
models = "dense"
generations = 1
objective = "cwtm"
[transfers.transfer]
teacher = "dense"
students = "wide"
baseline = true
[ensembles]
ens = { of = "dense", members = ["teacher", "ban-1"] }
[table]
rows = ["dense", "wide"]
columns = ["parameters", "teacher", "ban-1", "ban-2", "cwtm-1", "ens", "transfer"]
[table.groups]
"Born & again" = ["ban-1", "ban-2"]
[table.labels]
dense = 'A "dense" <b>net</b>'
transfer = "From $dense$ & co"
[table.published.dense]
teacher = 5.5
ban-1 = 5.25
"""


def made_up(address: str, least: float, most: float) -> float:
    """A number between these, another for each address."""
    return least + (most - least) * (zlib.crc32(address.encode()) % 1000) / 1000


def finish(
    root: Path, stages: dict[Address, Stage], wanted: Callable[[Address], bool] = lambda _: True
) -> None:
    """Writes what a document reads of each stage that is ``wanted``."""
    (root / FILE).parent.mkdir(exist_ok=True)
    lines = []
    for address, stage in stages.items():
        if not wanted(address):
            continue
        folder = root / files.folder(address)
        match stage:
            case Train():
                folder.mkdir(parents=True)
                (folder / files.HISTORY).write_text(history(made_up(address, 3, 9)))
                lines.append(Timing(address, "train", cpu(), 1.5, 7, images=8000, seconds=30.0))
            case Predict():
                lines.append(Timing(address, "predict", cpu(), 0.5, 7, images=1800, seconds=1.8))
            case Score(members=members):
                folder.mkdir(parents=True)
                error = made_up(address, 3, 9)
                metrics = {"test_error": error, "test_loss": 0.2, "images": 1597, "members": len(members)}
                (folder / files.METRICS).write_text(json.dumps({**metrics, "parameters": 714}))
                (folder / files.QUALITY).write_text(json.dumps(asdict(quality(error))))
                write_array(folder / files.OUTCOMES, np.zeros(1597, np.uint8))
    (root / FILE).write_text("".join(timing_line(line) + "\n" for line in lines))


def history(error: float) -> str:
    lines = ["epoch,learning_rate,loss,error,test_error"]
    for epoch in range(1, 41):
        rate = 0.1 if epoch <= 20 else 0.02
        tested = f"{error + 40 / epoch:.4f}" if epoch % 8 == 0 else ""
        lines.append(f"{epoch},{rate},{2 / epoch:.6f},{90 / epoch:.4f},{tested}")
    return "\n".join(lines) + "\n"


def quality(error: float) -> Quality:
    bins = [Bin(10 * at, (at + 0.5) / BINS, (at + 0.3) / BINS) for at in range(BINS)]
    return Quality(1.0, 0.1, error / 3, tuple(bins))


class Made:
    """A workspace with one spec that is finished, as far as a document sees."""

    def __init__(self, root: Path, *specs: str) -> None:
        (root / ".dvc").mkdir(parents=True)
        (root / ".dvc/config").write_text("[core]\n    analytics = false\n    no_scm = true\n")
        (root / "spec").mkdir()
        self.root = root
        self.specs = []
        for number, text in enumerate(specs):
            self.specs.append(root / f"spec/t{number}.toml")
            self.specs[-1].write_text(text)
        compiled = compile_specs(root, self.specs)
        apply(root, compiled)
        self.graph = compiled.graph
        self.stages = {address: placed.stage for address, placed in compiled.graph.stages.items()}

    def gather(self) -> Document:
        return gather(self.root, graphs_of(self.root, dict.fromkeys(self.specs, False)), cpu(), now=1e9)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Everything of ``SPEC`` is finished. Not to be changed."""
    workspace = Made(tmp_path_factory.mktemp("made") / "workspace", SPEC)
    finish(workspace.root, workspace.stages)
    return workspace


@pytest.fixture(scope="session")
def document(made: Made) -> Document:
    return made.gather()


@pytest.fixture(scope="session")
def html(document: Document) -> str:
    return page(document)


@pytest.fixture
def new_workspace(tmp_path: Path) -> Callable[..., Made]:
    """Makes one, in which nothing is finished."""
    return lambda *specs: Made(tmp_path / "workspace", *(specs or (SPEC,)))


@pytest.fixture
def spec_text() -> str:
    """``SPEC``."""
    return SPEC


@pytest.fixture(scope="session")
def finishes_everything() -> Callable[..., None]:
    """``finish``, for fixtures that live longer than a test."""
    return finish


@pytest.fixture
def finishes() -> Callable[..., None]:
    """``finish``."""
    return finish


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory, tests_module: Callable[[str], Any]) -> Iterator[Any]:
    """One for all tests."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("there is no chromium on this machine, in which pages are looked at")
    running = tests_module("document/browser.py").Browser(program, tmp_path_factory.mktemp("chromium"))
    yield running
    running.close()
