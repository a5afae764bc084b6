"""What a machine says of itself: from files and programs as they are found on real ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
import torch

from banc.config.model import DenseNetBC, TorchvisionNetwork
from banc.runner.training.provenance import driver_version, made_with

CPU = torch.device("cpu")
MODEL = DenseNetBC(depth=10, growth=2)

PROPRIETARY = """\
NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.129.03  Thu Oct 19 18:56:32 UTC 2023
GCC version:  gcc version 12.3.0 (Ubuntu 12.3.0-1ubuntu1~22.04)
"""
OPEN = """\
NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build  (builder@host-24.3)  Sun
GCC version:  gcc version 13.3.0 (Ubuntu 13.3.0-6ubuntu2~24.04)
"""
NOTHING = "GCC version:  gcc version 13.3.0 (Ubuntu 13.3.0-6ubuntu2~24.04)\n"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which programs are looked for. Nothing is in it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def put(folder: Path, script: str) -> None:
    path = folder / "nvidia-smi"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_a_cpu_has_no_driver() -> None:
    found = made_with(CPU, MODEL)
    assert set(found) == {"code", "device", "instructions", "numpy", "python", "torch"}
    assert found["numpy"] == np.__version__
    assert found["device"].startswith("cpu, ")
    assert made_with(CPU, MODEL) == found


def test_torchvision_counts_where_it_makes_the_network() -> None:
    found = made_with(CPU, TorchvisionNetwork("squeezenet1_1"))
    assert found["torchvision"] == version("torchvision")


def test_the_instructions_are_those_that_torch_chose() -> None:
    """Other instructions, other roundings: a network's first weights differ already."""
    script = (
        "import json, torch; from banc.config.model import DenseNetBC; "
        "from banc.runner.training.provenance import made_with; "
        "print(json.dumps(made_with(torch.device('cpu'), DenseNetBC(depth=10, growth=2))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "ATEN_CPU_CAPABILITY": "default"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["instructions"] in ("DEFAULT", "NO AVX")  # as torch 2.8 says it


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
def test_a_gpu_has_a_driver() -> None:
    found = made_with(torch.device("cuda"), MODEL)
    assert {"cuda", "cudnn", "driver", "instructions"} <= set(found)
    assert "unknown" not in found.values()
    assert "None" not in found.values()
    assert found["cuda_graphs"] == "no"
    assert made_with(torch.device("cuda"), MODEL, recorded=True) == {**found, "cuda_graphs": "yes"}


@pytest.mark.parametrize(("text", "found"), [(PROPRIETARY, "535.129.03"), (OPEN, "580.65.06")])
def test_the_kernels_file_is_believed_without_asking(
    tmp_path: Path, programs: Path, text: str, found: str
) -> None:
    put(programs, "echo 1.2.3")
    (tmp_path / "version").write_text(text)
    assert driver_version(tmp_path / "version") == found


@pytest.mark.parametrize("text", [None, "", NOTHING, b"\xff\xfe"])
def test_where_no_file_tells_it_the_program_does(
    tmp_path: Path, programs: Path, text: str | bytes | None
) -> None:
    """As in Windows' Linux, which has the program alone. A machine with two GPUs has one driver."""
    put(
        programs,
        '[ "$*" = "--query-gpu=driver_version --format=csv,noheader" ] && printf "572.83\\n572.83\\n"',
    )
    if text is not None:
        (tmp_path / "version").write_bytes(text.encode() if isinstance(text, str) else text)
    assert driver_version(tmp_path / "version") == "572.83"


@pytest.mark.parametrize(
    "script",
    [
        None,
        "echo NVIDIA-SMI has failed because it could not communicate with the driver; exit 9",
        "echo No devices were found",
        "printf '\\377\\376'",
        "",
    ],
)
def test_where_nobody_tells_it_it_is_unknown(tmp_path: Path, programs: Path, script: str | None) -> None:
    if script is not None:
        put(programs, script)
    assert driver_version(tmp_path / "version") == "unknown"
