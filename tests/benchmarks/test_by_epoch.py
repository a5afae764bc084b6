"""What a store by epoch costs and saves: students of one teacher and seed, with mixup, live and stored.

The teacher is finished; a student, or two, or three, which differ in their objective, are made by the real
`dvc repro`, whose processor time counts with all that it starts. Forward passes are those of `banc plan`.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from banc.digest import file_digest

SPEC = """
banc = 1
title = "T"
data = {{ set = "digits", train = 1024 }}
seeds = [0]
recipe = {{ epochs = 20, batch = 64, augment = {{ pad = 1, flip = false, mixup = 1 }} }}
baselines = ["wide"]
[models]
wide  = {{ family = "wide-resnet", depth = 16, widening = 4 }}
small = {{ family = "wide-resnet", depth = 10, widening = 1 }}
{transfers}
[table]
rows = ["wide", "small"]
columns = {columns}
"""
TRANSFER = """
[transfers.{objective}]
teacher = "wide"
students = "small"
objective = "{objective}"
teacher_outputs = "{outputs}"
"""
OBJECTIVES = ("ban-l", "ban", "kd")
ROUNDS = 2


def processor_time() -> float:
    """Seconds that ended processes, started from here, have computed."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


pytestmark = pytest.mark.benchmark(timer=processor_time)


def call(root: Path, *command: str) -> str:
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "BANC_DEVICE": "cpu",
        "BANC_THREADS": "1",
        "DVC_SITE_CACHE_DIR": str(root / ".dvc/site"),
    }
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def compile_students(root: Path, objectives: tuple[str, ...], outputs: str) -> None:
    transfers = [TRANSFER.format(objective=each, outputs=outputs) for each in objectives]
    columns = json.dumps(["teacher", *objectives])
    (root / "spec/quickstart.toml").write_text(SPEC.format(transfers="".join(transfers), columns=columns))
    call(root, "banc", "compile")


def networks(root: Path) -> set[str]:
    """What all say of the test set, by their digests: addresses differ, and this does not."""
    return {file_digest(path) for path in root.glob("runs/train-*/outputs.npy")}


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the teacher."""
    root = tmp_path_factory.mktemp("taught")
    call(root, "banc", "init")
    compile_students(root, (), "live")
    call(root, "dvc", "repro")
    return root


@pytest.fixture(scope="module")
def made() -> dict[int, set[str]]:
    """By the number of students, what live teachers made of them."""
    return {}


@pytest.mark.parametrize("students", [1, 2, 3])
@pytest.mark.parametrize("outputs", ["live", "stored"])
def test_by_epoch(
    benchmark: BenchmarkFixture,
    taught: Path,
    tmp_path: Path,
    made: dict[int, set[str]],
    outputs: str,
    students: int,
) -> None:
    root = tmp_path / "workspace"

    def fresh() -> None:
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(taught, root, symlinks=True)
        compile_students(root, OBJECTIVES[:students], outputs)

    column = f"{students} student{'' if students == 1 else 's'}"
    benchmark.extra_info.update(table="stores by epoch", row=f"`dvc repro`, {outputs}", column=column)
    fresh()
    stored = json.loads(call(root, "banc", "plan", "--format", "json"))["costs"]["stored_teacher_outputs"]
    benchmark.pedantic(call, args=(root, "dvc", "repro"), setup=fresh, rounds=ROUNDS)
    assert len(networks(root)) == 1 + students
    assert made.setdefault(students, networks(root)) == networks(root)
    if outputs == "stored":
        benchmark.extra_info["cells"] = {
            "forward passes of the teacher, live": f"{stored['passes_spared']:,}",
            "forward passes of the teacher, stored": f"{stored['passes']:,}",
            "bytes of the store": f"{stored['bytes']:,}",
        }
