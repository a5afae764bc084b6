"""Where a network computes, and how torch is set up there.

In: the environment (BANC_DEVICE, BANC_THREADS), and what a recipe says of numbers. Out: a device. Sums
are rounded differently on another device or with another number of threads, so ``provenance`` keeps both.
"""

from __future__ import annotations

import os
from typing import Literal

import torch
from torch import nn

from banc.config.model import FactoryNetwork, Model
from banc.errors import UsageError

SMALL = 10**9
"""Multiplications of a step, at most, below which a second thread costs more than it brings: it gains
nothing on an idle machine, and on a busy one each operation waits for the slower of the two."""


def prepare(*, deterministic: bool) -> torch.device:
    """Sets torch up for one stage and says where to compute.

    Raises:
        UsageError: BANC_DEVICE names no device of this machine.
    """
    device = _device()
    if device.type == "cuda":
        # Read when the first matrix product sets up its library.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.backends.cudnn.benchmark = not deterministic
        # float32 is float32: without this, convolutions round their inputs to 10 bits of mantissa.
        torch.backends.cudnn.allow_tf32 = False
    # Not `use_deterministic_algorithms`, which also imports torch's compiler: four seconds a stage.
    torch.set_deterministic_debug_mode("error" if deterministic else "default")
    # Memory that an operation is about to fill needs no filling before.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    return device


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
    torch.set_num_threads(1 if weights * pixels < SMALL else _cores())


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
    """The name that a GPU gives itself; of a CPU, how many threads are at work."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    threads = torch.get_num_threads()
    return f"cpu, {threads} thread{'s' if threads > 1 else ''}"


def _device() -> torch.device:
    name = os.environ.get("BANC_DEVICE") or ("cuda" if torch.cuda.is_available() else "cpu")
    kind, _, number = name.partition(":")
    if kind not in ("cpu", "cuda") or (number and not number.isdecimal()):
        raise UsageError(f"BANC_DEVICE is `{name}`", hint="expected `cpu`, `cuda` or `cuda:N`")
    if kind == "cuda" and int(number or 0) >= torch.cuda.device_count():
        raise UsageError(
            f"BANC_DEVICE is `{name}`, but torch sees {torch.cuda.device_count()} GPUs here",
            hint="unset it to take what there is, or set it to `cpu`",
        )
    return torch.device(name)


def _cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
