"""The folder in which stages are replayed: what it reaches, and that it goes however the process ends."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from typing import Any

import numpy as np
import pytest
from attrs import evolve

from banc.config.data import Arrays
from banc.stage import files
from banc.stage.address import address
from banc.stage.kinds import Data


def test_a_persons_own_files_are_within_reach(workspace: Any) -> None:
    """A data set in the workspace is read from there, and never written."""
    where = workspace.root / "mine"
    where.mkdir()
    for part, count in (("train", 8), ("test", 4)):
        images = np.arange(count * 16, dtype=np.uint8).reshape(count, 4, 4)
        np.save(where / f"x_{part}.npy", images)
        np.save(where / f"y_{part}.npy", np.arange(count) % 2)
    names = ("x_test.npy", "x_train.npy", "y_test.npy", "y_train.npy")
    listed = "".join(f"{hashlib.sha256((where / n).read_bytes()).hexdigest()}  {n}\n" for n in names)
    stage = Data(
        Arrays(
            path="mine",
            height=4,
            width=4,
            channels=1,
            classes=2,
            train=8,
            test=4,
            sha256=hashlib.sha256(listed.encode()).hexdigest(),
        )
    )
    workspace.run(stage)
    (verdict,) = workspace.verdicts(address(stage))
    assert verdict.outcome == "identical"
    assert sorted(path.name for path in where.iterdir()) == sorted(names)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopped_in_the_middle_it_leaves_no_scratch(workspace: Any, number: int) -> None:
    long = evolve(workspace.teacher, recipe=evolve(workspace.teacher.recipe, epochs=10**6))
    workspace.link(long)
    shutil.copytree(workspace.root / files.folder(workspace.teacher), workspace.root / files.folder(long))
    before = workspace.state()
    running = subprocess.Popen(
        [sys.executable, "-m", "banc", "verify", address(long)],
        cwd=workspace.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        preexec_fn=_listening,
    )
    draft = workspace.scratch / f"{running.pid}/.banc/tmp/{address(long)}"
    end = time.monotonic() + 300
    while not draft.exists():
        assert running.poll() is None, running.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)
    running.send_signal(number)
    out, err = running.communicate(timeout=300)
    assert running.returncode == 128 + number, err
    assert out == ""
    assert "Traceback" not in err
    assert not workspace.scratch.exists()
    assert workspace.state() == before


def _listening() -> None:
    """As in a terminal; a test runner in the background may have set signals aside."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL if number != signal.SIGINT else signal.default_int_handler)
