"""``banc repro`` where nobody listens any more, paths are long, or programs are missing: nothing is lost."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Workspace = Any


@pytest.fixture
def work(first_run: Workspace, copy_as: Callable[[Workspace, str], Workspace]) -> Workspace:
    """A workspace in which one score is to be made."""
    made = copy_as(first_run, "workspace")
    score = next(made.root.glob("runs/score-*labels*/metrics.json"))
    for path in made.root.glob(".dvc/cache/**/*"):
        if path.is_file() and path.read_bytes() == score.read_bytes():
            path.unlink()
    score.unlink()
    return made


def repro(work: Workspace) -> list[str]:
    """The command that makes the score."""
    score = next(work.root.glob("pipelines/*/score-*labels*.json")).stem
    return [sys.executable, "-m", "banc", "repro", score]


def is_done(work: Workspace) -> bool:
    """Whether the score is made and recorded."""
    made = [path.name for path in work.root.glob("runs/score-*/metrics.json")]
    there = len(made) == len(list(work.root.glob("pipelines/*/score-*.json")))
    return there and not list(work.root.glob(".banc/made/*"))


def test_it_goes_on_when_its_reader_has_gone(work: Workspace, tmp_path: Path) -> None:
    """Here the folder for temporary files also has a path too long for a socket."""
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    environment = {**work.environment, "TMPDIR": str(folder)}
    (work.root / "held").write_text(repro(work)[-1])
    process = subprocess.Popen(
        repro(work), cwd=work.root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout and process.stderr
    assert process.stdout.readline().startswith("1 to run")
    process.stdout.close()
    (work.root / "go").touch()
    assert process.stderr.read() == "warning: no more lines (broken pipe); the run goes on\n"
    assert process.wait() == 0
    process.stderr.close()
    assert is_done(work)
    assert not list(folder.iterdir())


def test_it_goes_on_when_its_terminal_was_closed(work: Workspace) -> None:
    """Of a shell's job that was disowned, or started by ``setsid``: nobody sends it a signal."""
    (work.root / "held").write_text(repro(work)[-1])
    environment = {**work.environment, "TERM": "xterm"}
    environment.pop("CI", None)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(repro(work), cwd=work.root, env=environment, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    while b"running" not in shown:
        shown += os.read(ours, 65536)
    os.close(ours)
    (work.root / "go").touch()
    assert process.wait() == 0
    assert is_done(work)


def test_standard_streams_may_be_closed(work: Workspace) -> None:
    done = work.call("sh", "-c", '"$@" >&- 2>&- <&-', "sh", *repro(work))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert is_done(work)


def test_without_a_banc_to_start_stages_by_nothing_is_begun(work: Workspace, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in work.root.glob("runs/*/*")}
    done = work.call("env", f"PATH={tmp_path}", *repro(work))
    assert done.returncode == 2
    assert (
        "error: stages are started as `banc run`, and PATH leads to no `banc`\nhint: `export" in done.stderr
    )
    assert {path: path.stat().st_mtime_ns for path in work.root.glob("runs/*/*")} == before


def test_where_dvc_could_record_nothing_nothing_is_begun(work: Workspace, tmp_path: Path) -> None:
    command = repro(work)
    root = work.root.rename(tmp_path / "a{0}")
    before = {path: path.stat().st_mtime_ns for path in root.glob("runs/*/*")}
    done = subprocess.run(
        command, cwd=root, env=work.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert f"error: DVC cannot record what runs in `{root}`" in done.stderr
    assert {path: path.stat().st_mtime_ns for path in root.glob("runs/*/*")} == before


def test_a_lock_that_a_dead_machine_left_half_is_whole_again(work: Workspace) -> None:
    """As where the power failed while DVC wrote it: most stages are lost, and a copy is in ``.banc/``."""
    score = repro(work)[-1]
    lock = next(path for path in work.root.glob("pipelines/*/dvc.lock") if score in path.read_text())
    whole = lock.read_text()
    copy = work.root / ".banc/recording" / lock.relative_to(work.root)
    copy.parent.mkdir(parents=True)
    copy.write_text(whole)
    lock.write_text(whole[: len(whole) // 3])
    done = work.call(*repro(work))
    assert done.returncode == 0, done.stderr
    assert is_done(work)
    assert lock.read_text() == whole
    assert not copy.exists()
