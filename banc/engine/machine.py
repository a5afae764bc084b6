"""What of this machine the stages may use: GPUs, cores, and how many stages at once.

In: what a person said, and the environment. Out: values. Nothing here moves a number: how many threads
a stage has (``runner.training.device.set_threads``) follows from it and the machine, not from its neighbours.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence

from attrs import evolve, frozen

from banc.engine.places import MOST, Gpu
from banc.errors import UsageError

_GPU = re.compile(r"[A-Za-z0-9./_-]+")


@frozen
class Machine:
    """How stages are spread."""

    gpus: tuple[Gpu, ...]
    """Of which each network at work gets one; none: they compute on the CPU, or choose."""
    jobs: int
    """Stages at once."""
    threads: int | None
    """How many BANC_THREADS gives every training."""
    forks: bool = True
    """Whether stages are forked of one process (``engine.forks``), where that is possible."""
    per_gpu: int | None = 1
    """Networks at once on each GPU, at most; None: as many as are known to fit."""

    @property
    def places(self) -> int:
        """Networks at once on all GPUs, at most."""
        return len(self.gpus) * (MOST if self.per_gpu is None else self.per_gpu)


def machine(
    environment: Mapping[str, str],
    *,
    gpus: str | None,
    per_gpu: int | None,
    jobs: int | None,
    fork: bool = True,
) -> Machine:
    """What this machine offers.

    Args:
        gpus: which, as CUDA_VISIBLE_DEVICES names them: ``0,2``. None: all that are visible.
        per_gpu: networks at once on each; None: as many as are known to fit.
        jobs: stages at once in all. None: one for each place on a GPU; without GPUs one a core, or as many
            as BANC_THREADS leaves room for.
        fork: whether stages may be forked; those of several processes are not.

    Raises:
        UsageError: the GPUs are not there or given twice, or cannot be given out.
    """
    processes = _number(environment, "BANC_PROCESSES") or 1
    threads = _number(environment, "BANC_THREADS")
    device = environment.get("BANC_DEVICE", "")
    if gpus is not None and device not in ("", "cuda"):
        raise UsageError(
            f"`--gpus` gives out GPUs, and BANC_DEVICE is `{device}`", hint="unset one of the two"
        )
    if processes > 1 and per_gpu != 1:
        raise UsageError(
            f"BANC_PROCESSES is {processes}: a training that takes several GPUs shares none",
            hint="leave out `--per-gpu`, or unset BANC_PROCESSES",
        )
    there = _visible(environment) if device in ("", "cuda") else ()
    chosen = there if gpus is None else _chosen(gpus, there)
    groups = [chosen[at : at + processes] for at in range(0, len(chosen) - processes + 1, processes)]
    if chosen and not groups:
        raise UsageError(
            f"BANC_PROCESSES is {processes}, but there are {len(chosen)} GPUs to give out",
            hint="set BANC_PROCESSES to fewer",
        )
    memory = {} if per_gpu == 1 or not groups else _memory()
    named = tuple(Gpu(name, memory.get(name)) for name in map(",".join, groups))
    offered = Machine(named, jobs or 1, threads, fork and processes == 1, per_gpu)
    if jobs is None:
        on_cpu = 1 if device.startswith("cuda") else max(1, _cores() // ((threads or 1) * processes))
        jobs = offered.places or on_cpu
        if per_gpu is None and named:  # each takes a core besides
            jobs = min(jobs, max(len(named), _cores()))
    return evolve(offered, jobs=jobs)


def _memory() -> dict[str, int]:
    """Bytes of each GPU, by its number and by its UUID; nothing where nobody tells."""
    command = ["nvidia-smi", "--query-gpu=index,uuid,memory.total", "--format=csv,noheader,nounits"]
    try:
        listed = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return {}
    lines = re.findall(r"^(\d+), (\S+), (\d+)$", listed.stdout, flags=re.MULTILINE)
    return {name: int(size) * 2**20 for number, uuid, size in lines for name in (number, uuid)}


def _chosen(text: str, there: Sequence[str]) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if wrong := next((name for name in names if not _GPU.fullmatch(name)), None):
        raise UsageError(f"`--gpus {text}`: `{wrong}` names no GPU", hint="expected numbers: `--gpus 0,2`")
    if len(set(names)) < len(names):
        raise UsageError(f"`--gpus {text}` names a GPU twice", hint="`--per-gpu 2` puts two stages on each")
    if missing := [name for name in names if name.isdecimal() and name not in there]:
        seen = f"visible are {', '.join(there)}" if there else "no GPU is visible here"
        raise UsageError(f"there is no GPU {missing[0]}: {seen}", hint="`nvidia-smi -L` lists them")
    return names


def _visible(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Those that CUDA would show to a stage."""
    if (visible := environment.get("CUDA_VISIBLE_DEVICES")) is not None:
        names = [name.strip() for name in visible.split(",")]
        # CUDA stops at the first that is none.
        end = next((at for at, name in enumerate(names) if name in ("", "-1")), len(names))
        return tuple(names[:end])
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(re.findall(r"^GPU (\d+):", listed.stdout, flags=re.MULTILINE))


def _number(environment: Mapping[str, str], name: str) -> int | None:
    """None where it is unset; what is no number each stage refuses."""
    text = environment.get(name, "")
    return int(text) if text.isdecimal() and int(text) else None


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
