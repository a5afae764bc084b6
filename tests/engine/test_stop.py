"""Who stops ``banc repro`` stops its stages, in order; the next call goes on where they were."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from banc.running import running

Workspace = Any

SPEC = """
banc = 1
title = "Two long trainings"
data = { set = "digits", train = 20 }
seeds = [0, 1]
recipe = { epochs = 100_000, batch = 10, augment = { pad = 0, flip = false } }
[models]
net = { family = "densenet-bc", depth = 10, growth = 2 }
[lineages]
ban = { models = "net", generations = 1 }
[table]
rows = "net"
columns = ["teacher", "ban-1"]
"""


@pytest.fixture(scope="module")
def long_one(new_workspace: Callable[[str], Workspace]) -> Workspace:
    made = new_workspace("banc")
    (made.root / "spec/long.toml").write_text(SPEC)
    made.compile()
    return made


def training(root: Path) -> bool:
    """Whether both trainings are past their start: they have written a checkpoint."""
    return len({path.parent for path in root.glob(".banc/checkpoints/*/0*")}) == 2


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_both_leave_a_checkpoint_and_nobody_is_left(
    how: signal.Signals, long_one: Workspace, copy_as: Callable[[Workspace, str], Workspace]
) -> None:
    workspace = copy_as(long_one, "workspace")
    root = workspace.root
    process = subprocess.Popen(
        [sys.executable, "-m", "banc", "repro", "-j", "2"],
        cwd=root,
        env=workspace.environment | {"BANC_CHECKPOINT_SECONDS": "0.1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not training(root):
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    refused = workspace.call(sys.executable, "-m", "banc", "repro")
    assert refused.returncode == 2
    assert f"`banc repro` (process {process.pid}) is running in this workspace" in refused.stderr
    os.kill(process.pid, how)
    out, err = process.communicate()
    if how == signal.SIGTERM:
        assert process.returncode == 143, err
        assert (
            len(re.findall(r"stopped +net teacher seed \d: epoch [\d,]+ of 100,000: stopped by SIGTERM", out))
            == 2
        )
        assert "error: stopped: 11 stages did not end" in err
        assert not running(root)
    while running(root):  # of one that was killed, the stages notice it
        time.sleep(0.05)
    assert training(root)
    planned = workspace.call(sys.executable, "-m", "banc", "plan").stdout
    assert planned.count("goes on after epoch") == 2
    # The data that ran is recorded, or found.
    assert workspace.call(sys.executable, "-m", "banc", "repro", next(_data(root))).returncode == 0
    assert next(_data(root)) in next(root.glob("pipelines/digits-20/dvc.lock")).read_text()


def _data(root: Path) -> Any:
    return (path.stem for path in root.glob("pipelines/*/data-*.json"))
