"""``banc repro``: what it refuses, and what it says. What it leaves is tested in ``tests/engine``."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from banc.compiler import apply, compile_specs
from banc.engine.wanted import stages_meant
from banc.running import REPRO, running
from banc.stage.index import read_index
from banc.workspace import make_workspace

SPEC = """
banc = 1
title = "T"
data = { set = "digits", train = 20 }
seeds = [0, 1]
recipe = { epochs = 2, batch = 10, augment = { pad = 0, flip = false } }
[models]
dense = { family = "densenet-bc", depth = 10, growth = 2 }
[lineages]
ban = { models = "dense", generations = 1 }
[table]
rows = "dense"
columns = ["teacher", "ban-1"]
"""


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which nothing has run."""
    root = tmp_path_factory.mktemp("repro") / "workspace"
    list(make_workspace(root))
    (root / "spec/quickstart.toml").unlink()
    (root / "spec/t.toml").write_text(SPEC)
    apply(root, compile_specs(root, [root / "spec/t.toml"]))
    return root


@pytest.fixture
def root(linked: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(linked, tmp_path / "linked", symlinks=True)
    return tmp_path / "linked"


Call = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def call(forked: Path) -> Call:
    """Calls ``banc repro``, which starts at once; the process that forks its stages does not."""

    def of(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [forked / "banc", "repro", *arguments],
            cwd=root,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    return of


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ("spec/other.toml",),
            "error: `spec/other.toml` is not linked\nhint: `banc compile spec/other.toml`",
        ),
        (("dense/ban-7",), "error: no stage `dense/ban-7` is linked"),
        (("--gpus", "0"), "error: there is no GPU 0: no GPU is visible here"),
        (("-j", "0"), "-j"),
    ],
)
def test_a_wrong_call_says_what_is_right(
    root: Path, call: Call, arguments: tuple[str, ...], told: str
) -> None:
    done = call(root, *arguments, BANC_DEVICE="", CUDA_VISIBLE_DEVICES="")
    assert done.returncode == 2
    assert told in done.stderr
    assert not (root / "runs").exists()


def test_a_spec_is_named_by_its_file_or_its_name(root: Path) -> None:
    index = read_index(root)
    assert stages_meant(root, index, "t") == stages_meant(root, index, str(root / "spec/t.toml"))


def test_what_failed_is_told_with_the_cure_and_costs_what_depends_on_it(root: Path, call: Call) -> None:
    done = call(root, "dense/ban-1", BANC_THREADS="none")
    assert done.returncode == 1
    assert "[0/9] begins   data" in done.stdout
    assert "done     data" in done.stdout
    lines = done.stderr.splitlines()
    assert lines[0] == "error: 2 stages failed"
    assert sorted(lines[1:3]) == [f"  dense teacher seed {seed}: BANC_THREADS is `none`" for seed in (0, 1)]
    assert lines[3].startswith("  hint: expected a number of threads")
    assert lines[4].startswith("hint: not run, since they depend on them: 6 stages; `.banc/logs/` has all")
    (log,) = root.glob(".banc/logs/train-*-s0-*.log")
    assert "hint: expected a number of threads" in log.read_text()


def test_what_was_compiled_is_run_and_that_the_spec_changed_is_said(root: Path, call: Call) -> None:
    spec = root / "spec/t.toml"
    spec.write_text(SPEC.replace("growth = 2", "growth = 4"))
    (data,) = root.glob("pipelines/*/data-*.json")
    done = call(root, data.stem)
    spec.write_text(SPEC)
    assert done.returncode == 0
    assert "`banc compile` comes first; this runs what was compiled" in done.stderr
    shutil.rmtree(root / "runs" / data.stem)
    again = call(root, data.stem, "-j", "2")
    assert again.stderr == ""
    assert again.stdout.splitlines() == ["1 to restore, 0 kept; 2 at a time", "1 restored"]


def test_one_at_a_time(root: Path, call: Call) -> None:
    path = root / REPRO
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write("process 17 on here\n")
        file.flush()
        assert [str(process) for process in running(root)] == ["`banc repro` (process 17)"]
        done = call(root)
    assert done.returncode == 2
    assert "error: `banc repro` (process 17) is running in this workspace\nhint: wait for it" in done.stderr
    assert not running(root)


def test_a_saved_plan_is_run_as_it_is_or_not_at_all(
    root: Path, call: Call, forked: Path, tmp_path: Path
) -> None:
    work = tmp_path / "workspace"
    shutil.copytree(root, work, ignore=shutil.ignore_patterns("runs", "dvc.lock", "cache"), symlinks=True)
    saved = work / "plan.json"

    def plan() -> None:
        command = [forked / "banc", "plan", "--out", "plan.json"]
        assert subprocess.run(command, cwd=work, capture_output=True, check=False).returncode == 0

    plan()
    refused = call(work, "dense/ban-1", "--plan", "plan.json")
    assert refused.returncode == 2
    assert "error: `--plan` says what to run" in refused.stderr
    address = next(work.glob("pipelines/*/data-*.json")).stem
    assert call(work, address).returncode == 0
    moved = call(work, "--plan", "plan.json")
    assert moved.returncode == 2
    assert "error: `plan.json` no longer holds: data (changed)\nhint: `banc plan --out" in moved.stderr
    plan()
    held = call(work, "--plan", "plan.json", BANC_THREADS="none")
    assert " to run, " in held.stdout, held.stderr
    assert "2 stages failed" in held.stderr
    saved.write_text("{}")
    for wrong, code, told in (
        (saved, 2, "is no plan that `banc plan --out` wrote"),
        (work / "no", 1, f"no such file or directory\nhint: `banc plan --out {work / 'no'}` writes"),
    ):
        done = call(work, "--plan", str(wrong))
        assert done.returncode == code
        assert told in done.stderr
