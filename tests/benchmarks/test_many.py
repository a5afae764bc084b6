"""Thousands of stages: what each command takes, how it grows, and what `banc repro` costs for each stage.

Generated specs of about 10 to 3,000 stages. All is finished and was looked at before, but for the last row,
where all stages run: stand-ins that write a few bytes, since what counts there is what is done around them.
Measured is processor time of whole processes, with all that they start.
"""

from __future__ import annotations

import importlib.util
import os
import resource
import shutil
import stat
import sys
from collections.abc import Callable
from math import log
from pathlib import Path
from types import ModuleType

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from banc.compiler import Compiled
from banc.runner.process import fork_server

SIZES = {10: (1, 2, 1), 100: (4, 3, 2), 1000: (12, 5, 5), 3000: (18, 10, 5)}
"""Models, seeds and generations that give about so many stages."""
COMMANDS = {
    "`banc check`": ("banc", "check", "spec/sized.toml"),
    "`banc compile`, all there": ("banc", "compile"),
    "`banc plan`": ("banc", "plan"),
    "`banc status`": ("banc", "status"),
    "`banc repro`, nothing to do": ("banc", "repro"),
    "`dvc repro`, nothing to do": ("dvc", "repro"),
}
MOST = 1000
"""The size up to which DVC is asked as well, and everything run."""
EACH = "`banc repro -j 2`, all to run, for each stage"

Finish = Callable[[int], Path]
Call = Callable[..., str]
Sized = Callable[[Path, int, tuple[int, int, int]], Compiled]


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[1] / f"plan/{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def processor_time() -> float:
    """Seconds that ended processes, started from here, have computed."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


pytestmark = pytest.mark.benchmark(timer=processor_time)


@pytest.fixture(scope="module")
def measured() -> dict[str, dict[int, float]]:
    """Seconds, by row and number of stages: from them the growth follows."""
    return {}


@pytest.fixture(scope="module")
def finish(tmp_path_factory: pytest.TempPathFactory, sized: Sized) -> Finish:
    """A workspace of about so many stages in which everything ran."""
    made: dict[int, Path] = {}

    def finish(stages: int) -> Path:
        if stages not in made:
            root = made[stages] = tmp_path_factory.mktemp(str(stages))
            _load("finished").finish(root, sized(root, stages, SIZES[stages]))
        return made[stages]

    return finish


def number_of_stages(root: Path) -> int:
    return len(list(root.glob("pipelines/*/*-*.json")))


@pytest.mark.parametrize("stages", SIZES)
@pytest.mark.parametrize("row", COMMANDS)
def test_finished(
    benchmark: BenchmarkFixture,
    call: Call,
    finish: Finish,
    measured: dict[str, dict[int, float]],
    row: str,
    stages: int,
) -> None:
    if row.startswith("`dvc") and stages > MOST:
        pytest.skip("DVC takes minutes")
    root = finish(stages)
    benchmark.extra_info.update(table="many stages", row=row, column=f"about {stages:,} stages")
    call(root, *COMMANDS[row])
    benchmark.pedantic(call, args=(root, *COMMANDS[row]), rounds=1 if row.startswith("`dvc") else 3)
    assert benchmark.stats
    measured.setdefault(row, {})[number_of_stages(root)] = benchmark.stats.stats.median


@pytest.mark.parametrize("stages", [stages for stages in SIZES if stages <= MOST])
def test_all_to_run(
    benchmark: BenchmarkFixture,
    call: Call,
    sized: Sized,
    measured: dict[str, dict[int, float]],
    tmp_path: Path,
    stages: int,
) -> None:
    root, program = tmp_path / "workspace", tmp_path / "bin/banc"
    sized(root, stages, SIZES[stages])
    program.parent.mkdir()
    shutil.copy(fork_server.__file__, program.parent)
    text = (Path(__file__).parents[1] / "plan/stand_in.py").read_text()
    program.write_text(f"#!{sys.executable} -S\n{text}")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    call(root, "banc", "compile")
    path = os.pathsep.join([str(program.parent), os.environ["PATH"]])
    said = benchmark.pedantic(call, args=(root, "banc", "repro", "-j", "2"), kwargs={"PATH": path}, rounds=1)
    count = number_of_stages(root)
    assert f"{count} ran in" in said
    assert benchmark.stats
    total = benchmark.stats.stats.median
    measured.setdefault(EACH, {})[count] = total
    benchmark.extra_info.update(
        table="many stages", column=f"about {stages:,} stages", cells={EACH: f"{1000 * total / count:.0f} ms"}
    )


def test_growth(benchmark: BenchmarkFixture, measured: dict[str, dict[int, float]]) -> None:
    """From the second largest size to the largest, without what the smallest takes; 1 is linear."""
    found: dict[str, float | str] = {}
    for row, times in measured.items():
        least, *_, below, most = sorted(times)
        if times[most] < 1.5 * times[least]:
            found[row] = "hardly grows"
            continue
        rise = (times[most] - times[least]) / (times[below] - times[least])
        found[row] = log(rise) / log((most - least) / (below - least))
    benchmark.pedantic(lambda: None, rounds=1)
    benchmark.extra_info.update(table="many stages", column="exponent", cells=found)
