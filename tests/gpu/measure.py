"""The measurements of `make gpu`, the most telling first, until they are done or their time is over.

    python tests/gpu/measure.py FOLDER [MINUTES]

writes ``gpu.json`` and ``gpu.md`` there after each one, so that a machine that is taken away leaves what it
gave. What stands in ``gpu.json`` from an earlier call, on a machine of this kind, is not measured again.
``python tests/gpu/page.py FOLDER/gpu.json docs/performance.md`` puts the tables into the page. Without a GPU
it says so and writes nothing; ``BANC_DEVICE=cpu`` runs tiny networks, whose numbers mean nothing.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks/jobs"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import jobs
import kernels
import torch
from jobs import Size, Way
from mps import NoService
from page import written
from peaks import peak

from banc.config.model import DenseNetBC, Model, ResNet, WideResNet
from banc.errors import BancError
from banc.runner.training.device import device_name, find_device

WIDE, DENSE = WideResNet(28, 10), DenseNetBC(90, 60)
SMALL, SMALLEST = WideResNet(16, 2), ResNet(20)
REAL = Size(batch=128, steps=40, epochs=3, filled=640, seconds=10.0)
MINUTES = 18.0

Do = Callable[[Path, Way, Size], list[float]]


def measurements(models: tuple[Model, ...], small: tuple[Model, ...]) -> Iterator[tuple[str, Way]]:
    """Names of what is measured, with the way.

    Args:
        small: those of ``models`` that do not fill a GPU.
    """
    for model in models:
        way = Way(model, precision="bfloat16")
        yield "loop", way
        yield "alone", way
        yield "loop", Way(model, precision="bfloat16", recorded=False)
    for model in models:
        for teacher in ("stored", "live"):
            yield "loop", Way(model, teacher, "bfloat16")
    for model in models:
        yield "filling", Way(model, precision="bfloat16")
        yield "inference", Way(model, precision="bfloat16")
    for model in small:
        yield "loop", Way(model, "live", tf32=True)
        yield "torchdistill", Way(model, "live", tf32=True, deterministic=False, recorded=False)
    for model in models:
        yield "profile", Way(model, precision="bfloat16")
    large = tuple(model for model in models if model not in small)
    for model in (*small, *large):
        yield "loop", Way(model)
        yield "alone", Way(model)
        yield "loop", Way(model, recorded=False)
    for model in small:
        for processes, mps in ((2, False), (2, True), (4, False), (4, True)):
            yield "several", Way(model, precision="bfloat16", processes=processes, mps=mps)
    for model in models:
        yield "loop", Way(model, tf32=True)
        yield "loop", Way(model, precision="bfloat16", deterministic=False)
    for model in models:
        yield "profile", Way(model, precision="bfloat16", recorded=False)
        for teacher in ("stored", "live"):
            yield "loop", Way(model, teacher)
        yield "loop", Way(model, deterministic=False)


WHAT: dict[str, Do] = {
    "loop": jobs.loop,
    "alone": jobs.alone,
    "filling": jobs.filling,
    "inference": jobs.inference,
    "several": jobs.several,
    "torchdistill": jobs.torchdistill,
}


def measure(
    folder: Path, models: tuple[Model, ...], small: tuple[Model, ...], size: Size, minutes: float
) -> dict[str, Any]:
    """Measures, and writes after each measurement; returns what stands in ``gpu.json``."""
    device = find_device()
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device_name(device)
    here = machine(name, size)
    before = earlier(folder, here)
    result: dict[str, Any] = {"machine": here, "measured": [*before], "left out": []}
    end = time.monotonic() + 60 * minutes
    folder.mkdir(parents=True, exist_ok=True)
    for what, way in measurements(models, small):
        about = described(what, way)
        if any(about.items() <= line.items() for line in before):
            continue
        if time.monotonic() > end:
            result["left out"].append({**about, "why": f"the {minutes:g} minutes were over"})
            continue
        with tempfile.TemporaryDirectory() as root:
            try:
                figures = measured(Path(root), what, way, size, name)
            except (torch.OutOfMemoryError, RuntimeError, BancError, jobs.NotHere, NoService) as error:
                result["left out"].append({**about, "why": str(error).partition("\n")[0]})
            else:
                result["measured"].append({**about, **figures})
                print(", ".join(map(str, (*about.values(), *shown(figures)))), flush=True)
            finally:
                jobs.forget()
        write(folder, result)
    write(folder, result)
    return result


def earlier(folder: Path, here: dict[str, Any]) -> list[dict[str, Any]]:
    """What an earlier call has measured, on a machine with the same device and versions."""
    try:
        result = json.loads((folder / "gpu.json").read_text())
    except FileNotFoundError:
        return []
    same = {**result["machine"], "date": here["date"]} == here
    return list(result["measured"]) if same else []


def described(what: str, way: Way) -> dict[str, Any]:
    return {
        "what": what,
        "model": way.model.slug,
        "teacher": way.teacher,
        "precision": "TF32" if way.tf32 else way.precision,
        "deterministic": way.deterministic,
        "recorded": way.recorded,
        "processes": way.processes,
        "mps": way.mps,
    }


def measured(root: Path, what: str, way: Way, size: Size, device: str) -> dict[str, Any]:
    """What one measurement gives."""
    if what == "profile":
        profile = kernels.profiled(root, way, size)
        return {"busy": profile.busy, "kernels": [list(pair) for pair in profile.kernels], "n": 1}
    found = WHAT[what](root, way, size)
    speed = jobs.middle(found)
    most = peak(device, "TF32" if way.tf32 else way.precision)
    share = jobs.operations(way) * speed / most if most and what in ("loop", "alone", "several") else None
    return {
        "images per second": speed,
        "least": min(found),
        "most": max(found),
        "n": len(found),
        "share of peak": share,
    }


def shown(figures: dict[str, Any]) -> list[str]:
    if "busy" in figures:
        return [f"{100 * figures['busy']:.0f} % busy"]
    return [f"{figures['images per second']:,.0f} a second"]


def write(folder: Path, result: dict[str, Any]) -> None:
    (folder / "gpu.json").write_text(json.dumps(result, indent=1) + "\n")
    (folder / "gpu.md").write_text(written(result))


def machine(name: str, size: Size) -> dict[str, Any]:
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "device": name,
        "gpu": torch.cuda.is_available() and not name.startswith("cpu"),
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "cuda": torch.version.cuda,
        "batch": size.batch,
        "steps": size.steps,
    }


def main(folder: str, minutes: str = str(MINUTES)) -> None:
    if torch.cuda.is_available() and os.environ.get("BANC_DEVICE") != "cpu":
        models = (WIDE, SMALL, DENSE, SMALLEST)
        measure(Path(folder), models, (SMALL, SMALLEST), REAL, float(minutes))
    elif os.environ.get("BANC_DEVICE") == "cpu":
        print("BANC_DEVICE is `cpu`: the numbers say nothing about a GPU")
        measure(Path(folder), TINY, TINY, REHEARSAL, float(minutes))
    else:
        print("torch sees no GPU here, so nothing was measured; BANC_DEVICE=cpu tries it on the CPU")


TINY = (DenseNetBC(10, 4),)
REHEARSAL = Size(batch=8, steps=2, epochs=1, filled=4, seconds=0.5)

if __name__ == "__main__":
    main(*sys.argv[1:])
