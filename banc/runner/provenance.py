"""What a network was made with, so that a difference between machines can be explained.

In: the installed versions, the device and banc's own sources. Out: a table of strings. None of it is
identity: that is what ``REVISION`` is for.
"""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import version
from pathlib import Path

import torch

import banc
from banc.config.model import Model, TorchvisionNetwork
from banc.runner.device import device_name

RUNNING = ("models", "runner")
"""The packages whose code computes numbers."""


def made_with(device: torch.device, model: Model) -> dict[str, str]:
    """Versions, device and a digest of the code."""
    found = {
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "device": device_name(device),
        "code": _code_digest(),
    }
    if isinstance(model, TorchvisionNetwork):
        found["torchvision"] = version("torchvision")
    return found


def _code_digest() -> str:
    """The SHA-256 over names and bytes of the sources in ``RUNNING``."""
    package = Path(banc.__file__).parent
    digest = hashlib.sha256()
    for folder in RUNNING:
        for source in sorted((package / folder).rglob("*.py")):
            text = source.read_bytes()
            digest.update(f"{source.relative_to(package).as_posix()} {len(text)}\n".encode() + text)
    return digest.hexdigest()
