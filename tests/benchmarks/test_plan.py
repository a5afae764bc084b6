"""How long a plan takes, beside what DVC's own `status` takes to say what changed.

Everything is finished, which is the most that there can be to look at: every lock entry, file, cached object
and run is there. Measured is the processor time of the process that a person starts, which on a machine with
nothing else to do is how long it takes.
"""

from __future__ import annotations

import importlib.util
import resource
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve
from pytest_benchmark.fixture import BenchmarkFixture

from banc.compiler import Compiled
from banc.config.data import Cifar100
from banc.machine import cpu
from banc.stage.kinds import Train
from banc.stage.timing import FILE, Timing, network_key, timing_line

SIZES = {100: (4, 3, 2), 500: (6, 5, 5), 3000: (18, 10, 5)}
"""Models, seeds and generations that give about so many stages."""
TARGETS = {500: "1 s", 3000: "3 s"}
COMMITTED = ("spec", "pipelines", "results", "dvc.yaml", "params.yaml", "dvc.lock", ".dvc/config")
WITH_DVC = 100
"""The size at which DVC is asked as well: it takes long at others."""

_FINISHED = importlib.util.spec_from_file_location("finished", Path(__file__).parents[1] / "plan/finished.py")
assert _FINISHED and _FINISHED.loader
finished = importlib.util.module_from_spec(_FINISHED)
_FINISHED.loader.exec_module(finished)

Finish = Callable[[int], Path]
Call = Callable[..., str]
Sized = Callable[[Path, int, tuple[int, int, int]], Compiled]


def processor_time() -> float:
    """Seconds that ended processes, started from here, have computed."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


pytestmark = pytest.mark.benchmark(timer=processor_time)


@pytest.fixture(scope="module")
def finish(tmp_path_factory: pytest.TempPathFactory, sized: Sized) -> Finish:
    """A workspace of about so many stages in which everything ran."""
    made: dict[int, Path] = {}

    def finish(stages: int) -> Path:
        if stages not in made:
            root = made[stages] = tmp_path_factory.mktemp(str(stages))
            compiled = sized(root, stages, SIZES[stages])
            finished.finish(root, compiled)
            keep_timings(root, compiled)
        return made[stages]

    return finish


def keep_timings(root: Path, compiled: Compiled) -> None:
    """As if every stage had left its line here."""
    image, lines = Cifar100().shape, []
    for address, placed in compiled.graph.stages.items():
        timing = Timing(address, placed.stage.KIND, cpu(), around=1.0, ended=0)
        if isinstance(placed.stage, Train):
            timing = evolve(
                timing,
                network=network_key(placed.stage.model, image),
                precision="float32",
                multiply_adds=10**8,
                batch=placed.stage.recipe.batch,
                images=10**7,
                seconds=10**4,
                tested=10**4,
                test_seconds=3.0,
            )
        lines.append(timing_line(timing))
    (root / FILE).parent.mkdir(exist_ok=True)
    (root / FILE).write_text("\n".join(lines))


@pytest.mark.parametrize("stages", SIZES)
@pytest.mark.parametrize("memory", ["warm", "cold"])
def test_plan(benchmark: BenchmarkFixture, call: Call, finish: Finish, stages: int, memory: str) -> None:
    """Warm: the workspace was looked at before. Cold: every lock is parsed and every file digested."""
    root = finish(stages)
    benchmark.extra_info.update(table="plan", row=f"`banc plan`, {memory}", column=f"about {stages:,} stages")
    call(root, "banc", "plan")

    def forget() -> None:
        if memory == "cold":
            (root / ".banc/seen.json").unlink()

    said = benchmark.pedantic(call, args=(root, "banc", "plan"), setup=forget, rounds=3)
    assert "0 to run, 0 to restore, " in said


@pytest.mark.parametrize("stages", SIZES)
def test_plan_of_a_clone(
    benchmark: BenchmarkFixture, call: Call, finish: Finish, tmp_path: Path, stages: int
) -> None:
    """What is committed where everything has run elsewhere: each entry is recorded, and no output is here."""
    there, root = finish(stages), tmp_path / "clone"
    for name in COMMITTED:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (there / name).is_dir() else shutil.copyfile)(there / name, root / name)
    column = f"about {stages:,} stages"
    benchmark.extra_info.update(table="plan", row="`banc plan`, a fresh clone", column=column)
    if stages in TARGETS:
        benchmark.extra_info["cells"] = {"target of each `banc plan`": TARGETS[stages]}
    call(root, "banc", "plan")

    def forget() -> None:
        shutil.rmtree(root / ".banc", ignore_errors=True)

    said = benchmark.pedantic(call, args=(root, "banc", "plan"), setup=forget, rounds=3)
    assert "`dvc pull` fetches what ran elsewhere" in said and ", 0 kept" in said


@pytest.mark.parametrize("stages", SIZES)
def test_plan_of_all(
    benchmark: BenchmarkFixture, call: Call, finish: Finish, tmp_path: Path, stages: int
) -> None:
    """Everything is to run, with reasons, and is estimated from as many timings."""
    root = tmp_path / "workspace"
    for name in ("spec", ".dvc/config", FILE):
        there = finish(stages) / name
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if there.is_dir() else shutil.copyfile)(there, root / name)
    benchmark.extra_info.update(
        table="plan", row="`banc plan`, all to run", column=f"about {stages:,} stages"
    )
    call(root, "banc", "plan")
    said = benchmark.pedantic(call, args=(root, "banc", "plan"), rounds=3)
    assert "measured on this device" in said and ", 0 kept" in said


def test_dvc_status(benchmark: BenchmarkFixture, call: Call, finish: Finish) -> None:
    """What a user would ask instead; it says what changed, and not what would run. Asked before, too."""
    root = finish(WITH_DVC)
    benchmark.extra_info.update(table="plan", row="`dvc status`, warm", column=f"about {WITH_DVC} stages")
    call(root, "dvc", "status")
    said = benchmark.pedantic(call, args=(root, "dvc", "status"), rounds=3)
    assert "up to date" in said
