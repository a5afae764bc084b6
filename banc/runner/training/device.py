"""Where a network computes, and how torch is set up there.

In: the environment (BANC_DEVICE, BANC_THREADS), and what a recipe says of numbers. Out: a device. Sums
are rounded differently on another device or with another number of threads, so ``provenance`` keeps both.
"""

from __future__ import annotations

import ctypes
import os
from typing import Literal

import torch
from torch import Tensor, nn

from banc.config.model import FactoryNetwork, Model
from banc.config.size import SMALL_STEP
from banc.errors import UsageError
from banc.runner.process.nvml import GpuCounter, gpu_counter

_MAX_MMAPS, _TRIM_THRESHOLD = -4, -1
"""Numbers of glibc's ``malloc.h``."""


def prepare(*, deterministic: bool) -> torch.device:
    """Sets torch up for one stage and says where to compute.

    Raises:
        UsageError: BANC_DEVICE names no device of this machine.
    """
    device = find_device()
    if device.type == "cuda":
        torch.cuda.set_device(device)
        # Read when the first matrix product sets up its library.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.backends.cudnn.benchmark = not deterministic
        # float32 is float32: without this, convolutions round their inputs to 10 bits of mantissa.
        torch.backends.cudnn.allow_tf32 = False
    else:
        _keep_freed_memory()
    # Not `use_deterministic_algorithms`, which also imports torch's compiler: a second a stage.
    torch.set_deterministic_debug_mode("error" if deterministic else "default")
    # Do not zero memory that is about to be overwritten.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    return device


def send(tensor: Tensor, device: torch.device) -> Tensor:
    """What the host has, on the device. The host goes on: a GPU fetches it from pinned memory."""
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor


def set_threads(network: nn.Module, pixels: int) -> None:
    """Chooses the number of threads on a CPU for steps over so many pixels.

    Raises:
        UsageError: BANC_THREADS is no number.
    """
    if text := os.environ.get("BANC_THREADS"):
        if not text.isdecimal() or int(text) < 1:
            raise UsageError(f"BANC_THREADS is `{text}`", hint="expected a number of threads: 1, 2, ...")
        torch.set_num_threads(int(text))
        return
    weights = sum(parameter.numel() for parameter in network.parameters())
    torch.set_num_threads(1 if weights * pixels < SMALL_STEP else max(1, _cores() // beside()))


def layout(model: Model) -> torch.memory_format:
    """How images and weights lie in memory: channels last is fastest.

    A person's own network may rely on the order that torch starts from (``x.view(len(x), -1)``).
    """
    return torch.contiguous_format if isinstance(model, FactoryNetwork) else torch.channels_last


def autocast(device: torch.device, precision: Literal["float32", "bfloat16"]) -> torch.autocast:
    """The context of a forward pass in ``precision``."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")


def reseed(device: torch.device, seed: int) -> None:
    """What ``torch.manual_seed`` does for one device; for all there could be it takes 50 times as long."""
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.default_generators[device.index or 0].manual_seed(seed)


def device_name(device: torch.device) -> str:
    """The name that a GPU gives itself; of a CPU, how many threads are at work; and how many processes."""
    several = f"{beside()} processes, " if beside() > 1 else ""
    if device.type == "cuda":
        return several + torch.cuda.get_device_name(device)
    threads = torch.get_num_threads()
    return f"{several}cpu, {threads} thread{'s' if threads > 1 else ''}"


def find_device() -> torch.device:
    """The device that BANC_DEVICE names; else a GPU, where there is one.

    Of several processes that ``torchrun`` started each takes a GPU of its own.

    Raises:
        UsageError: this machine has no such device, or fewer GPUs than processes.
    """
    name = os.environ.get("BANC_DEVICE") or ("cuda" if torch.cuda.is_available() else "cpu")
    kind, _, number = name.partition(":")
    if kind not in ("cpu", "cuda") or (number and not number.isdecimal()):
        raise UsageError(f"BANC_DEVICE is `{name}`", hint="expected `cpu`, `cuda` or `cuda:N`")
    if kind == "cpu":
        return torch.device(kind)
    there = torch.cuda.device_count()
    if (processes := beside()) > 1:
        if number or processes > there:
            raise UsageError(
                f"{processes} processes need a GPU each, but "
                + (f"BANC_DEVICE is `{name}`" if number else f"torch sees {there} here"),
                hint="set BANC_DEVICE to `cuda` or `cpu`; CUDA_VISIBLE_DEVICES chooses among GPUs",
            )
        number = os.environ.get("LOCAL_RANK", "0")
    if int(number or 0) >= there:
        raise UsageError(
            f"BANC_DEVICE is `{name}`, but torch sees {there} GPUs here",
            hint="unset it to take what there is, or set it to `cpu`",
        )
    return torch.device(kind, int(number or 0))


def peak_memory() -> int:
    """Bytes of the GPU's memory that this process's tensors and what torch keeps for them took at most."""
    return torch.cuda.max_memory_reserved()


def gpu_counters(device: torch.device) -> list[GpuCounter]:
    """What counts the energy of the GPUs that this stage computes on, where the driver tells; all or none."""
    if device.type != "cuda" or beside() < int(os.environ.get("WORLD_SIZE", "1")):
        return []
    places = range(beside()) if beside() > 1 else [device.index or 0]
    uuids = [getattr(torch.cuda.get_device_properties(place), "uuid", "") for place in places]
    counters = [gpu_counter(str(uuid)) for uuid in uuids]
    known = [counter for counter in counters if counter is not None]
    return known if len(known) == len(counters) else []


def beside() -> int:
    """How many processes ``torchrun`` started on this machine, this one included; 1 without it."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", "1"))


def _keep_freed_memory() -> None:
    """Lets the C library keep what a step frees for the next one.

    Otherwise every large tensor is asked of the system and given back, which fills its pages with zeros each
    time: a tenth to a quarter of a step on a CPU (docs/performance.md). No number depends on it.
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):  # glibc
        library.mallopt(_MAX_MMAPS, 0)
        library.mallopt(_TRIM_THRESHOLD, 2**31 - 1)


def _cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
