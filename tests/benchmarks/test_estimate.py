"""What `banc plan` says that stages will take, against what they then took.

Three rounds in one workspace: nothing measured yet; then networks that ran in the first round, trained for
longer and with live teachers, beside networks that are new; then timings that were brought along, as of
another machine. Each is planned, run by the real `dvc repro`, and compared stage by stage: whole seconds of
the stage in both, with starting, reading, training, testing, writing.

A second is one of processor time: stages, which have one thread here, get it as their clock, as if nobody
else were at work.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from banc.plan.estimate import CALL
from banc.stage.timing import BROUGHT, FILE
from banc.state.timings import timings

SPEC = """
banc = 1
title = "T"
data = {{ set = "digits", train = 300 }}
seeds = [{seed}]
recipe = {{ preset = "wide-resnet", epochs = {epochs}, batch = 50, augment = {{ pad = 1, flip = false }} }}
[models]
{models}
[lineages]
ban = {{ models = {names}, generations = 1, teacher_outputs = "{outputs}" }}
[table]
rows = {names}
columns = ["teacher", "ban-1"]
"""
FIRST = {
    "d22": 'family = "densenet-bc", depth = 22, growth = 12',
    "w10": 'family = "wide-resnet", depth = 10, widening = 2',
}
NEW = {
    "d40": 'family = "densenet-bc", depth = 40, growth = 12',
    "w16": 'family = "wide-resnet", depth = 16, widening = 2',
    "p20": 'family = "pre-resnet", depth = 20',
}
CLOCK = """
import sys, time
if "run" in sys.orig_argv:
    time.monotonic = time.process_time
"""
BASES = {
    "measured here": "measured on this device",
    "measured elsewhere": "measured elsewhere",
    "model, new machine": "multiply-adds, nothing measured yet",
    "model": "multiply-adds, other networks measured",
    "short": "short stages (scores, tables)",
}


Call = Callable[..., str]
Compared = tuple[str, float, bool]
"""What an estimate rested on, actual / estimated, and whether it was in the range."""


def spec(models: dict[str, str], *, epochs: int, seed: int, outputs: str) -> str:
    return SPEC.format(
        seed=seed,
        epochs=epochs,
        outputs=outputs,
        models="\n".join(f"{name} = {{ {model} }}" for name, model in models.items()),
        names=json.dumps(list(models)),
    )


def compared(call: Call, root: Path, first: bool) -> list[Compared]:
    """Plans, runs, and says of each stage: basis, actual / estimated, whether it was in the range."""
    call = partial(call, PYTHONPATH=str(root / "clock"))
    call(root, "banc", "compile")
    made = json.loads(call(root, "banc", "plan", "--format", "json"))
    before = len(timings(root).here)
    call(root, "dvc", "repro")
    took = {
        timing.address: timing.seconds + timing.test_seconds + timing.around + CALL
        for timing in timings(root).here[before:]
    }
    found = []
    for stage in made["stages"]:
        cost = stage.get("cost")
        if cost is None or cost["seconds"] is None:
            continue
        basis = cost["basis"]
        if stage["kind"] in ("score", "table", "data"):
            basis = "short"
        elif basis == "model" and first:
            basis = "model, new machine"
        actual = took[stage["address"]]
        found.append((basis, actual / cost["seconds"], cost["low"] <= actual <= cost["high"]))
    return found


@pytest.fixture(scope="module")
def found(call_on_one_thread: Call, tmp_path_factory: pytest.TempPathFactory) -> list[Compared]:
    """All three rounds."""
    root = tmp_path_factory.mktemp("estimates")
    call_on_one_thread(root, "banc", "init")
    (root / "clock").mkdir()
    (root / "clock/sitecustomize.py").write_text(CLOCK)
    path = root / "spec/quickstart.toml"
    path.write_text(spec(FIRST, epochs=40, seed=0, outputs="stored"))
    found = compared(call_on_one_thread, root, first=True)
    path.write_text(spec(FIRST | NEW, epochs=60, seed=1, outputs="live"))
    found += compared(call_on_one_thread, root, first=False)
    own = root / FILE
    brought = re.sub(r'"device":{"name":"[^"]*"', '"device":{"name":"Another CPU"', own.read_text())
    (root / BROUGHT).write_text(brought)
    own.unlink()
    path.write_text(spec(FIRST, epochs=40, seed=2, outputs="stored"))
    return found + compared(call_on_one_thread, root, first=False)


@pytest.mark.parametrize("basis", BASES)
def test_estimates(benchmark: BenchmarkFixture, found: list[Compared], basis: str) -> None:
    of_basis = benchmark.pedantic(lambda: [each for each in found if each[0] == basis], rounds=1)
    ratios = [ratio for _, ratio, _ in of_basis]
    inside = sum(within for _, _, within in of_basis)
    cells = {
        "stages": str(len(ratios)),
        "actual / estimated, median": f"{median(ratios):.2f}",
        "least to most": f"{min(ratios):.2f} to {max(ratios):.2f}",
        "within the range": f"{inside} of {len(ratios)}",
    }
    print(BASES[basis], cells)
    benchmark.extra_info.update(table="estimates", column=BASES[basis], cells=cells)
