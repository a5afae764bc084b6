"""What this machine computes with, as far as one can see without torch.

In: the system's own lists and the environment (BANC_DEVICE, BANC_THREADS, BANC_PROCESSES). Out: a device, by
the name that torch gives it too, so that times that were measured on one find it again.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

from attrs import frozen

CPUS = Path("/proc/cpuinfo")
GPUS = Path("/proc/driver/nvidia/gpus")
"""Linux and the NVIDIA driver list here what there is, inside a container too."""

PATIENCE = 5
"""Seconds for ``nvidia-smi``, which is asked where the driver's folder is not there."""


@frozen
class Device:
    """A device that can train."""

    name: str
    """``AMD EPYC``, ``NVIDIA H100 80GB HBM3``."""
    gpu: bool
    cores: int = 0
    """Number of CPU cores that a process may use; 0 for a GPU."""
    processes: int = 1
    """Number of processes that share a training (BANC_PROCESSES), each with its own GPU or its part of the
    cores."""

    def __str__(self) -> str:
        """``AMD EPYC, 2 cores``."""
        cores = f", {self.cores} core{'' if self.cores == 1 else 's'}" if self.cores else ""
        return self.name + cores + (f", {self.processes} processes" if self.processes > 1 else "")


def this_device() -> Device:
    """What a stage would take that starts here now: BANC_DEVICE, else a GPU if there is one, else the CPU."""
    chosen = os.environ.get("BANC_DEVICE", "")
    if not chosen.startswith("cpu") and (names := gpus()):
        number = chosen.partition(":")[2]
        return gpu(names[int(number) if number.isdecimal() and int(number) < len(names) else 0], processes())
    return gpu("unknown GPU", processes()) if chosen.startswith("cuda") else cpu(processes())


def gpu(name: str, processes: int = 1) -> Device:
    """A GPU of this name."""
    return Device(name, gpu=True, processes=processes)


def cpu(processes: int = 1) -> Device:
    """The CPU here, with as many cores as a stage may use."""
    return Device(_cpu_name(), gpu=False, cores=_cores(), processes=processes)


def processes() -> int:
    """What BANC_PROCESSES says; 1 where it says no number, which a stage will refuse."""
    chosen = os.environ.get("BANC_PROCESSES", "")
    return int(chosen) if chosen.isdecimal() and int(chosen) else 1


def gpus() -> list[str]:
    """The names of NVIDIA's GPUs, in the driver's order; empty where the system does not list any."""
    try:
        gpus = sorted(GPUS.glob("*/information"))
        texts = [path.read_text(errors="replace") for path in gpus]
    except OSError:
        texts = []
    names = [
        match[1].strip() for text in texts if (match := re.search(r"^Model:\s*(.+)$", text, re.MULTILINE))
    ]
    return names or _asked()


def _asked() -> list[str]:
    if shutil.which("nvidia-smi") is None:
        return []
    command = ("nvidia-smi", "--query-gpu=name", "--format=csv,noheader")
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE)
    except (OSError, ValueError, subprocess.SubprocessError):
        return []
    return [line.strip() for line in done.stdout.splitlines() if line.strip()]


def _cpu_name() -> str:
    try:
        match = re.search(r"^model name\s*:\s*(.+)$", CPUS.read_text(errors="replace"), re.MULTILINE)
    except OSError:
        match = None
    return match[1].strip() if match else platform.processor() or platform.machine() or "unknown CPU"


def _cores() -> int:
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    chosen = os.environ.get("BANC_THREADS", "")
    return min(there, int(chosen)) if chosen.isdecimal() and int(chosen) else there
