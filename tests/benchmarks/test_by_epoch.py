"""What a store by epoch costs and saves: students of one teacher and seed, with mixup, live and stored.

The teacher is finished; a student, or two, or three, which differ in their objective, are made by the real
`dvc repro`, whose processor time counts with all that it starts. Forward passes are those of `banc plan`.
"""

from __future__ import annotations

import json
import resource
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from banc.digest import file_digest

Call = Callable[..., str]
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


def compile_students(call: Call, root: Path, objectives: tuple[str, ...], outputs: str) -> None:
    transfers = [TRANSFER.format(objective=each, outputs=outputs) for each in objectives]
    columns = json.dumps(["teacher", *objectives])
    (root / "spec/quickstart.toml").write_text(SPEC.format(transfers="".join(transfers), columns=columns))
    call(root, "banc", "compile")


def networks(root: Path) -> set[str]:
    """What all say of the test set, by their digests: addresses differ, and this does not."""
    return {file_digest(path) for path in root.glob("runs/train-*/outputs.npy")}


@pytest.fixture(scope="module")
def taught(call_on_one_thread: Call, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the teacher."""
    root = tmp_path_factory.mktemp("taught")
    call_on_one_thread(root, "banc", "init")
    compile_students(call_on_one_thread, root, (), "live")
    call_on_one_thread(root, "dvc", "repro")
    return root


@pytest.fixture(scope="module")
def made() -> dict[int, set[str]]:
    """By the number of students, what live teachers made of them."""
    return {}


@pytest.mark.parametrize("students", [1, 2, 3])
@pytest.mark.parametrize("outputs", ["live", "stored"])
def test_by_epoch(
    benchmark: BenchmarkFixture,
    call_on_one_thread: Call,
    taught: Path,
    tmp_path: Path,
    made: dict[int, set[str]],
    outputs: str,
    students: int,
) -> None:
    root, call = tmp_path / "workspace", call_on_one_thread

    def fresh() -> None:
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(taught, root, symlinks=True)
        compile_students(call, root, OBJECTIVES[:students], outputs)

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
