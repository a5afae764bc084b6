"""What counters say of a stage, from files like those of Linux. Of a GPU: ``tests/gpu``."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import pytest
from attrs import define, evolve
from rich.console import Console

from banc.config.data import Digits
from banc.runner.process import powercap
from banc.runner.process.meter import EVERY, Meter
from banc.runner.process.nvml import gpu_counter
from banc.runner.process.powercap import zones
from banc.runner.process.progress import Progress
from banc.runner.process.timing import keep_timing
from banc.stage.kinds import Data, Train
from banc.state.timings import timings

RANGE = 262.144
"""Joules after which a zone begins again, if it is said to be so small."""


@define
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


class Tree:
    """A folder like ``/sys/class/powercap`` of a machine with two packages."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.add("intel-rapl", "")
        self.add("intel-rapl:0", "package-0")
        self.add("intel-rapl:0:0", "core")
        self.add("intel-rapl:0:1", "dram")
        self.add("intel-rapl:1", "package-1")
        self.add("intel-rapl:2", "psys")  # the whole board, with the packages in it
        self.add("intel-rapl-mmio:0", "package-0")  # the first package once more

    def add(self, folder: str, name: str, joules: float = 1.0) -> None:
        (self.root / folder).mkdir(parents=True)
        (self.root / folder / "name").write_text(name + "\n")
        (self.root / folder / "max_energy_range_uj").write_text(f"{RANGE * 1e6:.0f}\n")
        self.set(folder, joules)

    def set(self, folder: str, joules: float) -> None:
        (self.root / folder / "energy_uj").write_text(f"{joules * 1e6:.0f}\n")


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    monkeypatch.setattr(powercap, "POWERCAP", tmp_path / "powercap")
    monkeypatch.setattr(powercap, "BOOT", tmp_path / "boot_id")
    (tmp_path / "boot_id").write_text("0123abcd-0000-0000-0000-000000000000\n")
    return Tree(tmp_path / "powercap")


def test_packages_and_their_memory_count_and_nothing_twice(tree: Tree) -> None:
    assert [zone.name for zone in zones()] == [
        "cpu 0123abcd package-0",
        "cpu 0123abcd package-0 dram",
        "cpu 0123abcd package-1",
    ]


@pytest.mark.parametrize("file", ["energy_uj", "name", "max_energy_range_uj"])
def test_without_one_of_them_nothing_is_known(file: str, tree: Tree) -> None:
    """As where only root may read it; a folder in its place cannot be read by root either."""
    assert zones()
    (tree.root / "intel-rapl:1" / file).unlink()
    (tree.root / "intel-rapl:1" / file).mkdir()
    assert zones() == ()


def test_a_number_that_is_none_is_not_known(tree: Tree) -> None:
    (tree.root / "intel-rapl:1/energy_uj").write_text("many\n")
    assert zones() == ()


def test_a_machine_without_such_counters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(powercap, "POWERCAP", tmp_path / "powercap")
    assert zones() == ()
    assert Meter(zones()).drawn() == ()


def test_what_is_drawn_from_the_first_look_to_the_last(tree: Tree) -> None:
    clock, now = Clock(), Clock(1.8e9)
    meter = Meter(zones(), clock, now)
    tree.set("intel-rapl:0", 21.0)
    clock.now, now.now = 1000.2, 1.8e9 + 0.2
    package, memory, other = meter.drawn()
    assert (package.joules, memory.joules, other.joules) == (20.0, 0.0, 0.0)
    assert (package.since, package.until) == (1.8e9, 1.8e9 + 0.2)


def test_a_counter_that_goes_round_is_looked_at_in_between(tree: Tree) -> None:
    """Three times round, and never between two looks more than once."""
    longest = zones()[0].longest
    assert longest == pytest.approx(0.262144)  # so small a range at a kilowatt
    clock = Clock()
    meter = Meter([evolve(zones()[0], range=RANGE * 1000), *zones()[1:]], clock, clock)
    at = 1.0
    for _ in range(12):
        at = (at + 250_000.0) % (RANGE * 1000)
        tree.set("intel-rapl:0", at)
        clock.now += 250.0
        meter.look()
    package = meter.drawn()[0]
    assert package.joules == pytest.approx(12 * 250_000.0)


def test_what_may_have_gone_round_unseen_is_not_known(tree: Tree) -> None:
    clock = Clock()
    meter = Meter(zones()[:1], clock, clock)
    clock.now += zones()[0].longest + 0.1
    tree.set("intel-rapl:0", 2.0)
    assert meter.drawn() == ()


def test_what_can_no_longer_be_read_is_not_known(tree: Tree) -> None:
    clock = Clock()
    meter = Meter(zones()[:2], clock, clock)
    (tree.root / "intel-rapl:0/energy_uj").unlink()
    assert [drawn.counter for drawn in meter.drawn()] == ["cpu 0123abcd package-0 dram"]


def test_a_look_before_its_time_reads_nothing(tree: Tree) -> None:
    clock = Clock()
    meter = Meter([evolve(zones()[0], range=1e6)], clock, clock)
    (tree.root / "intel-rapl:0/energy_uj").unlink()
    clock.now += EVERY / 2
    meter.look()
    tree.set("intel-rapl:0", 3.0)
    assert meter.drawn()[0].joules == 2.0


def test_a_stage_writes_down_what_was_drawn(workspace: Any, tree: Tree, teacher: Train) -> None:
    for folder in ("intel-rapl:0", "intel-rapl:0:1", "intel-rapl:1"):
        (tree.root / folder / "max_energy_range_uj").write_text("262143328850\n")
    begin = time.time()
    workspace.run(teacher)
    (timing,) = timings(workspace.root).here[-1:]
    assert [drawn.counter for drawn in timing.energy] == [zone.name for zone in zones()]
    for drawn in timing.energy:
        assert drawn.joules == 0  # nothing counts here
        assert drawn.until - drawn.since > 0
        # They are rounded to milliseconds.
        assert begin - 0.001 <= drawn.since <= drawn.until <= time.time() + 0.001


def test_of_a_stage_that_goes_on_nobody_knows_what_was_drawn_before(tree: Tree, tmp_path: Path) -> None:
    for begun in (0, 60):
        progress = Progress(Console(file=io.StringIO()), meter=Meter([evolve(zones()[0], range=1e6)]))
        with progress.watch(100, "2 epochs", begun=begun):
            progress.advance(100 - begun)
        keep_timing(tmp_path, Data(Digits(train=20)), "data-x-0123456789ab", progress, 1.0)  # type: ignore[arg-type]
    whole, resumed = timings(tmp_path).here
    assert len(whole.energy) == 1
    assert resumed.energy == ()


def test_a_gpu_that_is_not_there_has_no_counter() -> None:
    assert gpu_counter("00000000-0000-0000-0000-000000000000") is None
