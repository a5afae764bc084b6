"""``banc status`` beside the real ``dvc repro``: while it trains, when it was killed, and when it failed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# A class of ``conftest``, which cannot be imported from here.
Workspace = Any

SPEC = """
banc = 1
title = "Long enough to watch"
data = { set = "digits", train = 20 }
seeds = [0]
recipe = { epochs = 100000, batch = 10, augment = { pad = 0, flip = false } }
[models]
net = { family = "densenet-bc", depth = 10, growth = 2 }
[lineages]
ban = { models = "net", generations = 1 }
[table]
rows = "net"
columns = ["teacher", "ban-1"]
"""


def look(workspace: Workspace) -> dict[str, Any]:
    """What another process says of the teacher."""
    done = workspace.banc("status", "--format", "json")
    assert done.code == 0, done.out
    (stage,) = [load for load in json.loads(done.stdout)["stages"] if "net teacher seed 0" in load["names"]]
    found: dict[str, Any] = stage
    return found


def until(workspace: Workspace, wanted: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    end = time.monotonic() + 600
    while not wanted(stage := look(workspace)):
        assert time.monotonic() < end, stage
        time.sleep(0.2)
    return stage


def test_watched_killed_and_failed(
    dvcs_own_folders: None, tmp_path: Path, new_workspace: Callable[[Path], Workspace]
) -> None:
    workspace = new_workspace(tmp_path / "workspace")
    workspace.compile(tiny=SPEC)
    with subprocess.Popen(
        [sys.executable, "-m", "dvc", "repro"],
        cwd=workspace.root,
        env={
            **os.environ,
            "BANC_CHECKPOINT_SECONDS": "0.5",
            "PATH": os.pathsep.join([str(workspace.forked), os.environ["PATH"]]),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as dvc:
        try:
            starting = until(workspace, lambda stage: stage["state"] == "running")
            told = starting.get("progress", {})
            assert len(told.get("losses", [])) <= (told.get("epoch") or 0)
            first = until(workspace, lambda stage: (stage.get("progress", {}).get("epoch") or 0) > 1)
            later = until(workspace, lambda stage: stage["progress"]["epoch"] > first["progress"]["epoch"])
            # DVC waits for the stage, and has told whose outputs are being written.
            assert dvc.poll() is None and (workspace.root / ".dvc/tmp/rwlock").stat().st_size > 20
            assert later["process"] == first["process"] and later["seconds_left"] > 0
            assert later["progress"]["epochs"] == 100_000
            assert len(later["progress"]["losses"]) <= 60 and later["progress"]["loss"] is not None
            assert later["progress"]["device"].startswith("cpu, ")
            checkpoints = workspace.root / ".banc/checkpoints" / later["address"]
            # Of the fourth step, with which the second epoch ends, or later.
            while not any(int(path.name[:12]) >= 4 for path in checkpoints.glob("[0-9]*-*")):
                assert dvc.poll() is None
                time.sleep(0.1)
            os.kill(later["process"]["process"], signal.SIGKILL)
            dvc.communicate()
        finally:
            dvc.kill()
    killed = look(workspace)
    assert killed["state"] == "interrupted"
    assert killed["goes_on"]["epochs"] == 100_000 and killed["goes_on"]["epoch"] > 0
    out = workspace.banc("status").stdout
    assert f"\ninterrupted\n  net teacher seed 0: after epoch {killed['goes_on']['epoch']} of 100000" in out
    failed = subprocess.run(
        [sys.executable, "-m", "banc", "run", killed["address"]],
        cwd=workspace.root,
        env={**os.environ, "BANC_PROCESSES": "many"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert failed.returncode == 2
    assert look(workspace)["failure"]["message"] == "BANC_PROCESSES is `many`"
    assert "\nfailed\n  net teacher seed 0: BANC_PROCESSES is `many` (" in workspace.banc("status").stdout
