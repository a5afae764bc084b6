from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from banc.machine import Device
from banc.stage.timing import BROUGHT, FILE, Timing, timing_line
from banc.state import timings as module
from banc.state.disk import disk
from banc.state.state import Timings
from banc.state.timings import timings

TIMING = Timing("score-a-0123456789ab", "score", Device("A CPU", gpu=False, cores=2), 0.5, 1)


def test_there_may_be_none(tmp_path: Path) -> None:
    assert timings(tmp_path) == Timings()
    (tmp_path / FILE).mkdir(parents=True)  # no file at all
    assert timings(tmp_path) == Timings()


def test_here_and_elsewhere_are_kept_apart(tmp_path: Path) -> None:
    other = attrs.evolve(TIMING, around=2.0)
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).write_text(f"\n{timing_line(TIMING)}\n\n{timing_line(other)}\n")
    (tmp_path / BROUGHT).write_text(timing_line(other))
    assert timings(tmp_path) == Timings(here=(TIMING, other), elsewhere=(other,))


def test_what_is_damaged_is_left_out(tmp_path: Path) -> None:
    (tmp_path / FILE).parent.mkdir()
    line = timing_line(TIMING).encode()
    (tmp_path / FILE).write_bytes(b"\xff\xfe\x00\n" + line[:40] + b"\n" + line + b"\n")
    assert timings(tmp_path).here == (TIMING,)


def test_of_a_long_file_the_newest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [timing_line(attrs.evolve(TIMING, ended=number)) for number in range(100, 200)]
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).write_text("\n".join(lines))
    monkeypatch.setattr(module, "NEWEST", 10 * (len(lines[0]) + 1))
    assert [timing.ended for timing in timings(tmp_path).here] == list(range(190, 200))


def test_one_disk_or_two(tmp_path: Path) -> None:
    same = disk(tmp_path, tmp_path / "not/yet/there")
    assert same is not None and same.free > 0 and same.cache is None
    if Path("/dev/shm").is_dir() and Path("/dev/shm").stat().st_dev != tmp_path.stat().st_dev:
        two = disk(tmp_path, Path("/dev/shm/cache"))
        assert two is not None and two.cache is not None
