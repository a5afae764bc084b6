"""NVIDIA's multi-process service: processes compute on one GPU at one moment, where they would take turns.

Its files lie in a folder of their own, so that nobody else's service is met or stopped.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

PROGRAM = "nvidia-cuda-mps-control"
PATIENCE = 60
"""Seconds that it may take to start or to stop."""


class NoService(Exception):
    """It cannot be had here; the message says why."""


@contextmanager
def service() -> Iterator[dict[str, str]]:
    """Runs it, and gives the variables by which processes find it."""
    if which(PROGRAM) is None:
        raise NoService(f"there is no `{PROGRAM}` here")
    # Short, since sockets have short names.
    with TemporaryDirectory(prefix="mps") as folder:
        found = {f"CUDA_MPS_{name}_DIRECTORY": str(Path(folder, name.lower())) for name in ("PIPE", "LOG")}
        for place in found.values():
            Path(place).mkdir()
        environment = {**os.environ, **found}
        started = subprocess.run(
            [PROGRAM, "-d"], env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        if started.returncode:
            said = (started.stderr or started.stdout).strip().partition("\n")[0]
            raise NoService(f"`{PROGRAM} -d` failed: {said}")
        try:
            probe = [sys.executable, "-c", "import torch; torch.zeros(1, device='cuda')"]
            tried = subprocess.run(probe, env=environment, capture_output=True, text=True, check=False)
            if tried.returncode:
                said = tried.stderr.strip().rpartition("\n")[2]
                raise NoService(f"no process can use the GPU by MPS here: {said}")
            yield found
        finally:
            subprocess.run(
                [PROGRAM], input="quit\n", text=True, env=environment, timeout=PATIENCE, check=False
            )
