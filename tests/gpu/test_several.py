"""Trainings side by side on one GPU, as processes: each ends in its own bytes, with and without MPS."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import job
import pytest
import torch
from attrs import evolve
from mps import NoService, service

from banc.config.model import WideResNet
from banc.config.objective import OBJECTIVES
from banc.config.recipe import Recipe
from banc.stage.kinds import Train

RECIPE: Recipe = evolve(job.RECIPE, epochs=6, batch=16, learning_rate=0.02, drop_at=(0.5,))
ALONE = """
import io, sys
from pathlib import Path
from rich.console import Console
from banc.runner.execute import execute
from banc.stage.files import load_stage
root, address = Path(sys.argv[1]), sys.argv[2]
execute(root, load_stage(root, address), address, Console(file=io.StringIO()))
"""


@pytest.fixture(params=["in turns", "by MPS"])
def environment(request: pytest.FixtureRequest, device: torch.device) -> Iterator[dict[str, str]]:
    """What processes must know to compute beside each other."""
    if request.param == "in turns":
        yield dict(os.environ)
        return
    try:
        with service() as found:
            yield {**os.environ, **found}
    except NoService as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("count", [2, 4])
def test_trainings_side_by_side_are_each_what_they_are_alone(
    workspace: Any, environment: dict[str, str], count: int
) -> None:
    """On labels, with dropout, in recorded steps."""
    model, labels = WideResNet(10, 1, dropout=0.3), OBJECTIVES["labels"]
    stages = [Train(model, RECIPE, labels, seed, workspace.data) for seed in range(count)]

    def start(stage: Train) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", ALONE, str(workspace.root), workspace.link(stage)]
        return subprocess.Popen(command, env=environment)

    assert start(stages[0]).wait() == 0
    expected = workspace.outputs(stages[0])
    assert [process.wait() for process in [start(stage) for stage in stages]] == [0] * count
    assert workspace.outputs(stages[0]) == expected
    assert len({tuple(workspace.outputs(stage).values()) for stage in stages}) == count


def test_banc_repro_places_several_on_a_gpu(
    tmp_path: Path, environment: dict[str, str], device: torch.device
) -> None:
    """A small experiment, one network at a time and two: the same bytes."""
    path = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])
    if any(shutil.which(program, path=path) is None for program in ("banc", "dvc", "git")):
        pytest.skip("`banc repro` needs banc installed, DVC and git")
    one, two = (
        repro(tmp_path / str(count), {**environment, "PATH": path}, places(device, count)) for count in (1, 2)
    )
    assert one == two


SPEC = """
banc = 1
title = "Two seeds"
data = { set = "digits", train = 100 }
seeds = [0, 1]
recipe = { preset = "wide-resnet", epochs = 8, batch = 32, augment = { pad = 1, flip = false } }
models.small = { family = "wide-resnet", depth = 10, widening = 1, dropout = 0.3 }
lineages.ban = { models = "small", generations = 1 }
table = { rows = "small", columns = ["teacher", "ban-1"] }
"""


def places(device: torch.device, count: int) -> list[str]:
    if device.type == "cuda":
        return ["--gpus", str(device.index or 0), "--per-gpu", str(count)]
    return ["-j", str(count)]


def repro(root: Path, environment: dict[str, str], options: list[str]) -> dict[str, bytes]:
    """The files of every stage, by their paths."""
    (root / "spec").mkdir(parents=True)
    (root / "spec/small.toml").write_text(SPEC)
    for command in (["init"], ["compile", "spec/small.toml"], ["repro", *options]):
        done = subprocess.run(
            ["banc", *command], cwd=root, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    files = (path for path in (root / "runs").rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}
