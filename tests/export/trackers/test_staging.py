"""What a killed export leaves, and who clears it away. Exports are killed for real."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from banc.export.staging import PREFIX, staging
from banc.export.trackers.gather import Gathered
from banc.export.trackers.tracker import Mlflow, TensorBoard, Tracker, WeightsAndBiases, Written
from banc.export.trackers.write import write

Gathers = Callable[..., Gathered]
TRIES = 60


def unfinished(folder: Path) -> list[Path]:
    return list(folder.glob(f"{PREFIX}*"))


def kill_an_export(root: Path, flag: str, folder: Path) -> None:
    """Calls ``banc export`` until one is killed while it writes."""
    for _ in range(TRIES):
        shutil.rmtree(folder, ignore_errors=True)  # of what is there an export begins nothing
        process = subprocess.Popen(
            [sys.executable, "-m", "banc", "export", flag, str(folder), "t0", "--seed", "0"],
            cwd=root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        while process.poll() is None and not unfinished(folder):
            pass
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if unfinished(folder):
            return
    pytest.fail(f"no export left anything in {TRIES} tries")


@pytest.mark.parametrize(
    ("flag", "tracker_of"),
    [
        ("--tensorboard", TensorBoard),
        ("--mlflow", lambda folder: Mlflow(str(folder))),
        ("--wandb", WeightsAndBiases),
    ],
)
def test_what_a_killed_export_leaves_the_next_one_clears(
    made: Any, gathered: Gathers, tmp_path: Path, flag: str, tracker_of: Callable[[Path], Tracker]
) -> None:
    folder = tmp_path / "exported"
    kill_an_export(made.root, flag, folder)
    mine = folder / ".mine"
    mine.mkdir()
    records = gathered(made.root, "dense/ban-1", seed=0).records
    written = write(tracker_of(folder), records)
    assert written.new + written.unchanged == 1
    assert unfinished(folder) == []
    assert mine.is_dir()
    assert write(tracker_of(folder), records) == Written(0, 1)


def test_what_a_living_export_writes_stays(made: Any, gathered: Gathers, tmp_path: Path) -> None:
    """And what dead ones left, until nobody writes there; two that write at once are both whole."""
    folder = tmp_path / "logs"
    records = gathered(made.root, "dense/ban-1", seed=0).records
    (folder / f"{PREFIX}dead").mkdir(parents=True)
    with staging(folder) as mine:
        assert not (folder / f"{PREFIX}dead").exists()
        (mine / "half").write_text("half")
        (folder / f"{PREFIX}dying").mkdir()
        assert write(TensorBoard(folder), records) == Written(1, 0)
        with staging(folder) as theirs:
            assert theirs != mine
        assert (mine / "half").read_text() == "half"
        assert {path.name for path in unfinished(folder)} == {mine.name, f"{PREFIX}dying"}
    assert write(TensorBoard(folder), records) == Written(0, 1)
    assert unfinished(folder) == []
