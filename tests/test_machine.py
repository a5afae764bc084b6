from __future__ import annotations

import stat
from pathlib import Path

import pytest

from banc import machine
from banc.machine import Device, cpu, gpus, this_device


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without GPUs, whatever this one has."""
    for name in ("BANC_DEVICE", "BANC_THREADS", "BANC_PROCESSES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(machine, "GPUS", tmp_path / "gpus")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


def driver(tmp_path: Path, *names: str) -> None:
    """The folder that NVIDIA's driver shows."""
    for number, name in enumerate(names):
        folder = tmp_path / "gpus" / f"0000:{number:02}:00.0"
        folder.mkdir(parents=True)
        (folder / "information").write_text(f"Model: \t\t {name}\nIRQ:   \t\t 16\n")


def test_the_cpu_here_has_a_name_and_cores() -> None:
    found = this_device()
    assert found == cpu()
    assert found.name and not found.gpu and found.cores >= 1
    assert str(Device("AMD EPYC", gpu=False, cores=2)) == "AMD EPYC, 2 cores"
    assert str(Device("AMD EPYC", gpu=False, cores=1)) == "AMD EPYC, 1 core"


def test_a_gpu_comes_first_unless_a_person_says_cpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver(tmp_path, "NVIDIA H100 80GB HBM3", "Tesla T4")
    assert this_device() == Device("NVIDIA H100 80GB HBM3", gpu=True)
    monkeypatch.setenv("BANC_DEVICE", "cuda:1")
    assert this_device().name == "Tesla T4"
    monkeypatch.setenv("BANC_PROCESSES", "2")
    assert str(this_device()) == "Tesla T4, 2 processes"
    monkeypatch.setenv("BANC_DEVICE", "cpu")
    assert not this_device().gpu


def test_where_the_driver_shows_nothing_its_program_is_asked(tmp_path: Path) -> None:
    program = tmp_path / "bin/nvidia-smi"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "NVIDIA A100-SXM4-40GB"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    assert gpus() == ["NVIDIA A100-SXM4-40GB"]
    program.write_text("#!/bin/sh\nexit 9\n")
    assert gpus() == []


def test_a_gpu_that_nobody_sees_is_no_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANC_DEVICE", "cuda")
    assert this_device() == Device("unknown GPU", gpu=True)


def test_threads_and_processes_that_a_person_chose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANC_THREADS", "1")
    assert cpu().cores == 1
    monkeypatch.setenv("BANC_THREADS", "many")
    monkeypatch.setenv("BANC_PROCESSES", "none")
    assert cpu().cores >= 1
    assert this_device().processes == 1
