"""What the tests of `make gpu` compute on, and the workspace in which they run stages.

On a machine without a GPU they are skipped. With ``BANC_DEVICE=cpu`` they run on the CPU.
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest
import torch
from attrs import evolve
from rich.console import Console

from banc.runner.execute import execute
from banc.runner.training.device import find_device
from banc.stage import files
from banc.stage.kinds import Address, Stage

JOBS = Path(__file__).resolve().parents[1] / "benchmarks/jobs"
sys.path[:0] = [str(JOBS), str(Path(__file__).resolve().parent)]
import job  # noqa: E402


@pytest.fixture
def device() -> torch.device:
    """The GPU; the CPU only where somebody says so."""
    if not torch.cuda.is_available() and os.environ.get("BANC_DEVICE") != "cpu":
        pytest.skip("torch sees no GPU here; BANC_DEVICE=cpu runs them on the CPU")
    return find_device()


class Workspace:
    """A folder in which linked stages really run, on drawn images."""

    IMAGES = 80
    """Not a whole number of batches."""

    def __init__(self, root: Path, device: torch.device) -> None:
        self.root = root
        # That is about the code: it needs no images of a real size.
        shape = job.SHAPE if device.type == "cuda" else evolve(job.SHAPE, height=8, width=8, classes=10)
        self.data = job.write_data(root, self.IMAGES, shape)

    def link(self, stage: Stage) -> Address:
        return job.link(self.root, stage)

    def run(self, stage: Stage) -> dict[str, bytes]:
        """The files that the stage writes."""
        where = self.link(stage)
        execute(self.root, stage, where, Console(file=io.StringIO()))
        return self.outputs(stage)

    def outputs(self, stage: Stage) -> dict[str, bytes]:
        folder = self.root / files.folder(self.link(stage))
        return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture
def workspace(tmp_path: Path, device: torch.device) -> Workspace:
    return Workspace(tmp_path, device)
