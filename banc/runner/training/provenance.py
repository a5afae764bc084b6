"""What a stage's numbers were made with, so that a difference between machines can be explained.

In: the installed versions, the device, its driver and banc's own sources. Out: a table of strings. None
of it is identity: that is what ``REVISION`` is for.
"""

from __future__ import annotations

import hashlib
import platform
import re
import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path

import torch

import banc
from banc.config.model import Model, TorchvisionNetwork
from banc.runner.training.device import device_name

RUNNING = ("models", "runner")
"""The packages whose code computes numbers."""

DRIVER = Path("/proc/driver/nvidia/version")
"""Where the kernel's part of the driver says what it is, inside a container too."""

ASKED = ("nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader")
"""Who knows it where there is no such file. Slower, and not installed everywhere."""

PATIENCE = 30
"""Seconds. A driver that is ill may never answer."""


def made_with(device: torch.device, model: Model, *, recorded: bool = False) -> dict[str, str]:
    """Versions, device and a digest of the code: the same on one machine each time.

    Args:
        recorded: whether a GPU's steps were recorded (``cuda_graph``).
    """
    environment = {
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": version("numpy"),
        "device": device_name(device),
        # Of the CPU. A GPU's stages have it too, since a network's first weights are drawn there.
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "code": code_digest(),
    }
    if device.type == "cuda":
        environment |= {
            "cuda": str(torch.version.cuda),
            "cudnn": str(torch.backends.cudnn.version()),  # type: ignore[no-untyped-call]
            "driver": driver_version(),
            "cuda_graphs": "yes" if recorded else "no",
        }
    if isinstance(model, TorchvisionNetwork):
        environment["torchvision"] = version("torchvision")
    return environment


def driver_version(file: Path = DRIVER) -> str:
    """The version of the NVIDIA driver, as ``580.65.06``; ``unknown`` where nobody tells it."""
    try:
        text = file.read_text(errors="replace")
    except OSError:
        text = ""
    # Beside it stand who built the driver and when.
    if match := re.search(r"^NVRM version:.*?\s(\d+(?:\.\d+)+)(?!\S)", text, flags=re.MULTILINE):
        return match[1]
    try:
        done = subprocess.run(ASKED, capture_output=True, text=True, check=True, timeout=PATIENCE)
    except (OSError, ValueError, subprocess.SubprocessError):
        return "unknown"
    # A line a GPU; they share one driver.
    first = done.stdout.partition("\n")[0].strip()
    return first if re.fullmatch(r"\d+(\.\d+)+", first) else "unknown"


@cache
def code_digest() -> str:
    """The SHA-256 over names and bytes of the sources in ``RUNNING``, as they were at the first call."""
    package = Path(banc.__file__).parent
    digest = hashlib.sha256()
    for folder in RUNNING:
        for source in sorted((package / folder).rglob("*.py")):
            text = source.read_bytes()
            digest.update(f"{source.relative_to(package).as_posix()} {len(text)}\n".encode() + text)
    return digest.hexdigest()
