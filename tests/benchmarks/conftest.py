"""What every measurement has: a process of its own, and a place in a table of ``docs/performance.md``.

Nothing here is run by `make test`: see `make bench`. ``jobs/`` holds what the processes do, ``page.py``
writes the tables.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from banc.compiler import Compiled, compile_specs

JOBS = Path(__file__).parent / "jobs"
LOAD = os.getloadavg()[0]
ROUNDS = 3
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "BANC_THREADS")

Do = Callable[[], Any]
Start = Callable[..., Do]
Measure = Callable[..., Any]
Call = Callable[..., str]


SIZED = """
banc = 1
title = "{stages} stages"
data = "cifar100"
recipe = "wide-resnet"
seeds = {seeds}
[models]
{models}
[lineages]
ban = {{ models = {names}, generations = {generations} }}
[table]
rows = "ban"
columns = ["parameters", "teacher", {columns}]
"""


Size = tuple[int, int, int]
"""Models, seeds and generations."""


@pytest.fixture(scope="session")
def sized() -> Callable[[Path, int, Size], Compiled]:
    """Makes a workspace in a folder with a spec of about so many stages; compiles it, and writes no graph."""

    def made(root: Path, stages: int, size: Size) -> Compiled:
        models, seeds, generations = size
        names = [f"densenet-{number}" for number in range(models)]
        (root / "spec").mkdir(parents=True)
        (root / ".dvc").mkdir()
        (root / ".dvc/config").write_text("[core]\n    analytics = false\n    no_scm = true\n")
        (root / "spec/sized.toml").write_text(
            SIZED.format(
                stages=stages,
                seeds=list(range(seeds)),
                models="\n".join(
                    f'{name} = {{ family = "densenet-bc", depth = {40 + 6 * index}, growth = 12 }}'
                    for index, name in enumerate(names)
                ),
                names=str(names).replace("'", '"'),
                generations=generations,
                columns=", ".join(f'"ban-{number}"' for number in range(1, generations + 1)),
            )
        )
        compiled = compile_specs(root, [root / "spec/sized.toml"])
        assert 0.8 * stages <= len(compiled.graph.stages) <= 1.2 * stages
        return compiled

    return made


@pytest.fixture(scope="session")
def call() -> Call:
    """Calls a module of Python as a program in a workspace; more variables of its environment by name."""

    def call(root: Path, *command: str, **variables: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=root,
            env={**os.environ, "DVC_SITE_CACHE_DIR": str(root / ".dvc/site"), **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return call


@pytest.fixture(scope="session")
def call_on_one_thread(call: Call) -> Call:
    """The same, with stages that compute on the CPU in one thread."""
    return partial(call, BANC_DEVICE="cpu", BANC_THREADS="1")


@pytest.fixture(params=["densenet-bc-22-12", "wide-resnet-16-2"])
def model(request: pytest.FixtureRequest) -> str:
    """One of ``jobs/job.py``."""
    return str(request.param)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a process that does a job of ``jobs/`` each time it is asked, and says what that gave."""
    started: list[subprocess.Popen[str]] = []

    def start(job: str, threads: str = "one thread", **arguments: Any) -> Do:
        """``threads``: ``one thread``, or ``defaults``: what each program takes by itself."""
        environment = {name: value for name, value in os.environ.items() if name not in THREADS}
        environment |= {"BANC_DEVICE": "cpu", "TORCHINDUCTOR_CACHE_DIR": str(tmp_path / "compiled")}
        if threads == "one thread":
            environment |= dict.fromkeys(THREADS, "1")
        with (tmp_path / "said.txt").open("w") as said:
            process = subprocess.Popen(
                [sys.executable, JOBS / "server.py", job, json.dumps(arguments)],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
            )
        started.append(process)
        assert process.stdin is not None and process.stdout is not None
        asked, answers = process.stdin, process.stdout

        def answer() -> str:
            line = answers.readline()
            assert line, (tmp_path / "said.txt").read_text()
            return line

        def do() -> Any:
            print(file=asked, flush=True)
            return json.loads(answer())

        assert answer() == "ready\n"
        return do

    yield start
    for process in started:
        process.communicate()


@pytest.fixture
def measure(benchmark: BenchmarkFixture) -> Measure:
    """Does a thing a few times, and puts the seconds into a row and column of a table."""

    def measure(table: str, row: str, column: str, do: Do, rounds: int = ROUNDS) -> Any:
        benchmark.extra_info.update(table=table, row=row, column=column)
        return benchmark.pedantic(do, warmup_rounds=1, rounds=rounds)

    return measure


@pytest.fixture
def account(benchmark: BenchmarkFixture) -> Measure:
    """Does a thing once, which gives a column of a table: its numbers by row."""

    def account(table: str, column: str, do: Do) -> Any:
        found = benchmark.pedantic(do, rounds=1)
        benchmark.extra_info.update(table=table, column=column, cells=found)
        return found

    return account


def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: dict[str, Any]) -> None:
    """What a table says of the machine; its name stays where it is."""
    machine_info.pop("node", None)
    machine_info["load"] = round(LOAD, 1)
    machine_info["packages"] = {}
    for name in ("torch", "torchvision", "torchdistill"):
        try:
            machine_info["packages"][name] = version(name)
        except PackageNotFoundError:
            continue
