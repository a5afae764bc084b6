from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from banc.runner.process import heartbeat as module
from banc.runner.process.heartbeat import HeartbeatFile
from banc.runner.process.progress import POINTS, Progress
from banc.stage.heartbeat import PROGRESS, Heartbeat, parse_beat
from banc.stage.kinds import Address

ADDRESS = Address("train-a-0123456789ab")


def read(root: Path, folder: str = PROGRESS) -> Heartbeat:
    beat = parse_beat(Heartbeat, (root / folder / f"{ADDRESS}.json").read_text())
    assert beat is not None
    return beat


def watched(root: Path) -> Progress:
    return Progress(Console(file=io.StringIO()), heartbeat=HeartbeatFile(root, ADDRESS, "train"))


def test_what_the_loop_reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.0)
    monkeypatch.setattr(module, "MAX_TIME_FRACTION", float("inf"))
    progress = watched(tmp_path)
    with progress.watch(300, "3 epochs", begun=0, device="cpu, 1 thread"):
        progress.start_phase("epoch", 1, 3)
        progress.advance(40)
        beat = read(tmp_path)
        assert (beat.phase, beat.epoch, beat.epochs) == ("epoch 1 of 3", 1, 3)
        assert (beat.done, beat.total, beat.device) == (40, 300, "cpu, 1 thread")
        assert (beat.loss, beat.losses) == (None, ())
        assert beat.images_per_second and beat.since <= beat.at
        progress.advance(60)
        progress.set_metrics(0.5, 25.0)
        progress.start_phase("epoch", 2, 3)
        progress.advance(1)
        beat = read(tmp_path)
        assert (beat.done, beat.epoch, beat.loss, beat.error) == (101, 2, 0.5, 25.0)
        assert (beat.losses, beat.errors) == ((0.5,), (25.0,))
    assert [path.name for path in (tmp_path / PROGRESS).iterdir()] == [f"{ADDRESS}.json"]


def test_a_prediction_has_no_epochs(tmp_path: Path) -> None:
    progress = watched(tmp_path)
    with progress.watch(4000, "4,000 outputs"):
        progress.start_phase("image", 1000, 2000)
        progress.advance(2000)
    beat = read(tmp_path)
    assert (beat.phase, beat.epoch, beat.done) == ("image 1,000 of 2,000", None, 2000)


def test_a_long_curve_keeps_its_ends(tmp_path: Path) -> None:
    progress = watched(tmp_path)
    for epoch in range(1000):
        progress.set_metrics(float(epoch), 0.0)
    with progress.watch(1, "x"):
        pass
    losses = read(tmp_path).losses
    assert (losses[0], losses[-1], len(losses)) == (0.0, 999.0, POINTS)
    assert sorted(set(losses)) == list(losses)
    assert (tmp_path / PROGRESS / f"{ADDRESS}.json").stat().st_size < 4096


def test_at_most_one_a_second(tmp_path: Path) -> None:
    now = [0.0]
    file = HeartbeatFile(tmp_path, ADDRESS, "train", clock=lambda: now[0])
    progress = Progress(Console(file=io.StringIO()), heartbeat=file)
    seen = set()
    with progress.watch(1000, "x"):
        for _ in range(1000):
            now[0] += 0.01
            progress.advance(1)
            seen.add(read(tmp_path).done)
    assert len(seen) == 10


def test_where_writing_is_slow_it_is_rarer(tmp_path: Path) -> None:
    ticks = iter([0.0, 0.0, 0.99, 1.0, 1.0, 1.5, 51.4, 51.6])
    file = HeartbeatFile(tmp_path, ADDRESS, "train", clock=lambda: next(ticks))
    file.write(file.first)
    assert [file.due(), file.due()] == [False, True]
    file.write(file.first)  # in half a second
    assert [file.due(), file.due()] == [False, True]


def test_what_the_disk_refuses_is_not_written(tmp_path: Path) -> None:
    (tmp_path / ".banc").mkdir()
    (tmp_path / PROGRESS).write_text("a file in the place of the folder")
    file = HeartbeatFile(tmp_path, ADDRESS, "train")
    file.write(file.first)
    file.end()
    assert (tmp_path / PROGRESS).read_text() == "a file in the place of the folder"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="not on this system")
def test_on_a_full_disk_the_last_one_stays(tmp_path: Path) -> None:
    file = HeartbeatFile(tmp_path, ADDRESS, "train")
    file.write(file.first)
    before = read(tmp_path)
    (tmp_path / PROGRESS / f"{ADDRESS}.json.new").symlink_to("/dev/full")
    file.write(file.first)
    assert read(tmp_path) == before
    file.end()
    assert not list((tmp_path / PROGRESS).iterdir())


def test_the_end(tmp_path: Path) -> None:
    file = HeartbeatFile(tmp_path, ADDRESS, "train")
    file.write(file.first)
    file.end()
    assert not list((tmp_path / PROGRESS).iterdir())
