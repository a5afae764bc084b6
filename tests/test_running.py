"""Locks as processes really hold them; ``tests/dvc/test_running.py`` has DVC itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from banc.running import Running, running

HOLD = """
import fcntl, os, sys
file = open(sys.argv[1], "a+")
fcntl.flock(file, fcntl.LOCK_EX)
file.truncate(0)
file.write(sys.argv[2].replace("PID", str(os.getpid())))
file.flush()
print("held", flush=True)
sys.stdin.read()
"""

Hold = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def hold() -> Iterator[Hold]:
    """Starts a process that holds a lock, with this text in it and these words on its command line."""
    started = []

    def start(lock: Path, text: str, *words: str) -> subprocess.Popen[str]:
        lock.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-c", HOLD, str(lock), text, *words]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def note(root: Path, process: int, command: str, mode: str = "write") -> None:
    """What DVC writes while one of its stages runs."""
    info: Any = {"pid": process, "cmd": command}
    content = {mode: {str(root / "runs/x/y.npy"): info if mode == "write" else [info]}}
    (root / ".dvc/tmp").mkdir(parents=True, exist_ok=True)
    (root / ".dvc/tmp/rwlock").write_text(json.dumps(content))


def test_nobody_is_at_work_where_nobody_ever_was(tmp_path: Path) -> None:
    assert running(tmp_path) == ()


def test_a_stage_that_was_started_by_hand(tmp_path: Path, hold: Hold) -> None:
    lock = tmp_path / ".banc/locks/train-a-0.lock"
    process = hold(lock, "process PID on here\n")
    assert running(tmp_path) == (Running("banc run train-a-0", process.pid),)
    assert str(running(tmp_path)[0]) == f"`banc run train-a-0` (process {process.pid})"
    process.kill()
    process.wait()
    assert lock.is_file()
    assert running(tmp_path) == ()


def test_dvc_between_two_stages(tmp_path: Path, hold: Hold) -> None:
    process = hold(tmp_path / ".dvc/tmp/lock", " PID\n", "/bin/dvc", "repro", "--pull")
    assert running(tmp_path) == (Running("dvc repro --pull", process.pid),)
    process.kill()
    process.wait()
    assert running(tmp_path) == ()


@pytest.mark.parametrize("mode", ["write", "read"])
def test_dvc_while_a_stage_runs_is_told_and_not_its_stages(tmp_path: Path, hold: Hold, mode: str) -> None:
    process = hold(tmp_path / ".banc/locks/data-a-0.lock", "process PID on here", "repro", "--pull")
    note(tmp_path, process.pid, "/x/dvc/__main__.py repro --pull", mode)
    assert running(tmp_path) == (Running("dvc repro --pull", process.pid),)


def test_a_note_of_a_process_that_ended_counts_for_nothing(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    note(tmp_path, ended.pid, "/bin/dvc repro")
    assert running(tmp_path) == ()


def test_a_number_that_another_program_has_now_counts_for_nothing(tmp_path: Path) -> None:
    note(tmp_path, os.getpid(), "/bin/dvc repro --no-such-option-of-pytest")
    assert running(tmp_path) == ()


@pytest.mark.parametrize("text", ["", "{", "3", '{"write": 3}', '{"write": {"x": {}}}', "[" * 100_000, "\0"])
def test_a_damaged_note_is_dvcs_matter(tmp_path: Path, text: str) -> None:
    (tmp_path / ".dvc/tmp").mkdir(parents=True)
    (tmp_path / ".dvc/tmp/rwlock").write_text(text)
    (tmp_path / ".dvc/tmp/lock").write_text("no number")
    assert running(tmp_path) == ()
