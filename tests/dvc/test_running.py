"""``banc compile`` while the real ``dvc repro`` is at work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

# A class of ``conftest``, which cannot be imported from here.
Workspace = Any

SPEC = """
banc = 1
title = "Long enough to compile beside"
data = { set = "digits", train = 20 }
seeds = [0]
recipe = { epochs = EPOCHS, batch = 10, augment = { pad = 0, flip = false } }
[models]
net = { family = "densenet-bc", depth = 10, growth = 2 }
[lineages]
ban = { models = "net", generations = 1 }
[table]
rows = "net"
columns = ["teacher", "ban-1"]
"""


@pytest.fixture
def at_work(
    dvcs_own_folders: None, tmp_path: Path, new_workspace: Any
) -> Iterator[Callable[..., tuple[Workspace, subprocess.Popen[str]]]]:
    """Starts ``dvc repro``, and returns while the teacher is trained for so many epochs.

    Its stages need not import torch, but with ``alone``: then they are processes of DVC's own.
    """
    started: list[subprocess.Popen[str]] = []

    def start(epochs: int, *, alone: bool = False) -> tuple[Workspace, subprocess.Popen[str]]:
        workspace = new_workspace(tmp_path / "workspace")
        workspace.compile(tiny=SPEC.replace("EPOCHS", str(epochs)))
        command = [sys.executable, "-m", "dvc", "--wait-for-lock", "repro"]
        forked = os.pathsep.join([str(workspace.forked), os.environ["PATH"]])
        process = subprocess.Popen(
            command,
            cwd=workspace.root,
            env=os.environ if alone else {**os.environ, "PATH": forked},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        wait_for(lambda: list(workspace.root.glob(".banc/tmp/train-*")), process)
        return workspace, process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
            process.communicate()


def wait_for(ready: Callable[[], object], process: Any) -> None:
    end = time.monotonic() + 600
    while not ready():
        assert time.monotonic() < end
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)


def generated(workspace: Workspace) -> dict[str, bytes]:
    paths = [workspace.root / "dvc.yaml", *sorted((workspace.root / "pipelines").rglob("*.*"))]
    return {str(path): path.read_bytes() for path in paths if path.name != "dvc.lock"}


def test_what_a_running_repro_needs_stays(at_work: Any) -> None:
    workspace, process = at_work(200)
    # However fast it is, it does not end before what comes next.
    process.send_signal(signal.SIGSTOP)
    before = generated(workspace)
    (workspace.root / "spec/tiny.toml").write_text(SPEC.replace("EPOCHS", "3"))
    refused = workspace.banc("compile")
    assert refused.code == 2
    assert f"`dvc --wait-for-lock repro` (process {process.pid}) is running in this workspace" in refused.out
    assert "hint: wait for it" in refused.out
    assert generated(workspace) == before
    # Nothing is in the way of what only adds stages.
    (workspace.root / "spec/tiny.toml").write_text(SPEC.replace("EPOCHS", "200"))
    (workspace.root / "spec/more.toml").write_text(SPEC.replace("EPOCHS", "3"))
    assert workspace.banc("compile").code == 0
    process.send_signal(signal.SIGCONT)
    out, _ = process.communicate(timeout=1200)
    assert process.returncode == 0, out
    # It is over, and its locks lie about as it left them.
    assert list((workspace.root / ".banc/locks").iterdir())
    assert workspace.banc("compile", "spec/more.toml").code == 0


def test_force_removes_it_and_the_repro_says_what_is_gone(at_work: Any) -> None:
    workspace, process = at_work(150)
    process.send_signal(signal.SIGSTOP)
    (workspace.root / "spec/tiny.toml").write_text(SPEC.replace("EPOCHS", "3"))
    assert workspace.banc("compile", "--force").code == 0
    process.send_signal(signal.SIGCONT)
    out, _ = process.communicate(timeout=1200)
    assert process.returncode != 0
    assert "Traceback" not in out


def test_what_a_killed_dvc_left_blocks_nobody(at_work: Any) -> None:
    workspace, process = at_work(100_000, alone=True)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert (workspace.root / ".dvc/tmp/rwlock").stat().st_size > 20
    (workspace.root / "spec/tiny.toml").write_text(SPEC.replace("EPOCHS", "3"))
    end = time.monotonic() + 300
    # The stage notices within a second that DVC is gone, and ends.
    while (done := workspace.banc("compile")).code:
        assert "`banc run train-" in done.out
        assert time.monotonic() < end
    assert workspace.banc("compile", "--check").code == 0
