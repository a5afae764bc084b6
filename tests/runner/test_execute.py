from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import attrs
import pytest

from banc.config.data import Digits
from banc.config.recipe import Recipe
from banc.errors import BancError, UsageError
from banc.runner.datasets import data as data_pass
from banc.runner.process import heartbeat
from banc.stage import files
from banc.stage.address import address
from banc.stage.heartbeat import FAILURES, PROGRESS, Failure, Heartbeat, parse_beat
from banc.stage.kinds import Address, Data, Predict, Score, Table, Train
from banc.stage.made import Announced, announce, versions

Limit = Callable[[int], AbstractContextManager[None]]


def test_a_missing_input_is_named_before_anything_is_done(workspace: Any, teacher: Train) -> None:
    workspace.path(teacher.data, files.DATA_ARRAYS[1]).unlink()
    before = workspace.left()
    with pytest.raises(
        BancError, match=r"^train-.*: input `runs/data-.*/train_labels.npy` is missing$"
    ) as caught:
        workspace.run(teacher)
    assert caught.value.hint is not None
    assert "dvc repro" in caught.value.hint
    assert workspace.left() == before


def test_several_missing_inputs_are_counted(workspace: Any) -> None:
    stage = Table("x", (Address("score-a-000000000000"), Address("score-b-000000000000")))
    with pytest.raises(BancError, match=r"input `runs/score-a-0+/metrics.json` and 5 more is missing"):
        workspace.run(stage)


def test_a_second_runner_of_a_stage_is_refused(workspace: Any) -> None:
    stage = Data(Digits(train=20))
    workspace.run(stage)
    before = workspace.left()
    (lock,) = (workspace.root / ".banc/locks").iterdir()
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(BancError, match="another process is running this stage") as caught:
            workspace.run(stage)
    assert caught.value.hint is not None
    assert "process " in caught.value.hint
    assert workspace.left() == before
    workspace.run(stage)


@pytest.mark.parametrize("kind", ["data", "train", "predict"])
def test_a_full_disk_is_one_message_and_leaves_nothing(
    workspace: Any, teacher: Train, recipe: Recipe, no_file_larger_than: Limit, kind: str
) -> None:
    stage: Any = teacher
    if kind == "data":
        stage = Data(Digits(train=50))
    if kind == "predict":
        stage = Predict(recipe.augment, teacher.data, workspace.run(teacher))
    before = workspace.left()
    with no_file_larger_than(2000), pytest.raises(BancError, match=r"^\w+-[^:]+: the disk is full") as caught:
        workspace.run(stage)
    assert caught.value.hint is not None
    assert workspace.left() == before
    assert not (workspace.root / files.folder(stage)).exists()


def test_a_failure_keeps_the_outputs_of_the_last_success(
    workspace: Any, data: Address, no_file_larger_than: Limit
) -> None:
    stage = Data(Digits(train=40))
    before = workspace.outputs(data)
    with no_file_larger_than(2000), pytest.raises(BancError, match="the disk is full"):
        workspace.run(stage)
    assert workspace.outputs(data) == before


def test_outputs_are_replaced_as_a_whole(workspace: Any, data: Address) -> None:
    workspace.path(data, "stale.npy").write_text("from an older version")
    workspace.run(Data(Digits(train=40)))
    assert set(workspace.outputs(data)) == set(files.writes(Data(Digits(train=40))))


def test_under_a_changed_input_nothing_is_published(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Data(Digits(train=20))
    (workspace.root / "input").write_text("input")
    os.utime(workspace.root / "input", (0, 0))
    known = Announced({"input": "0" * 32}, versions(workspace.root, ["input"]))
    for name, value in announce(workspace.root, address(stage), known).items():
        monkeypatch.setenv(name, value)
    (workspace.root / "input").write_text("other")
    with pytest.raises(BancError, match="input `input` was changed as this stage began"):
        workspace.run(stage)
    assert not (workspace.root / "runs").exists()


def test_what_a_killed_run_left_is_cleared(workspace: Any) -> None:
    stage = Data(Digits(train=20))
    half = workspace.root / ".banc/tmp" / address(stage) / "half.npy"
    half.parent.mkdir(parents=True)
    half.write_text("half")
    workspace.run(stage)
    assert set(workspace.outputs(stage)) == set(files.writes(stage))
    assert not list((workspace.root / ".banc/tmp").iterdir())


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (MemoryError(), "out of memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate"), "out of memory"),
        (RuntimeError("CUDA out of memory. Tried to allocate 20.00 MiB."), "out of memory"),
        (ImportError("a.so: failed to map segment from shared object"), "out of memory"),
        (OSError(28, "No space left on device", "a.npy"), "the disk is full while writing `a.npy`"),
        (PermissionError(13, "Permission denied", "a.npy"), "Permission denied: `a.npy`"),
    ],
)
def test_what_the_machine_lacks_is_said_with_the_stage(
    workspace: Any, monkeypatch: pytest.MonkeyPatch, error: Exception, message: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(data_pass, "data", fail)
    stage = Data(Digits(train=20))
    with pytest.raises(BancError) as caught:
        workspace.run(stage)
    assert caught.value.message == f"{address(stage)}: {message}"
    assert not workspace.left()


def test_a_fault_of_ours_is_not_dressed_up(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(data_pass, "data", fail)
    with pytest.raises(ZeroDivisionError):
        workspace.run(Data(Digits(train=20)))
    assert not workspace.left()


def test_a_stage_is_what_its_file_says(workspace: Any, teacher: Train) -> None:
    name = workspace.link(teacher)
    assert files.load_stage(workspace.root, name) == teacher
    path = workspace.root / "pipelines/x" / f"{name}.json"
    path.write_text(path.read_text().replace('"seed": 0', '"seed": 3'))
    with pytest.raises(UsageError, match="was not written by this version of banc"):
        files.load_stage(workspace.root, name)


@pytest.mark.parametrize(
    "text", ["", "[" * 100_000, "{", "[]", '{"kind": []}', "\0"], ids=lambda text: text[:9]
)
def test_a_damaged_parameter_file_is_one_message(workspace: Any, teacher: Train, text: str) -> None:
    name = workspace.link(teacher)
    (workspace.root / "pipelines/x" / f"{name}.json").write_text(text)
    with pytest.raises(UsageError, match="was not written by this version of banc"):
        files.load_stage(workspace.root, name)


def test_only_networks_need_torch(workspace: Any, teacher: Train) -> None:
    trained = workspace.run(attrs.evolve(teacher, seed=3))
    score = Score(teacher.data, (trained,))
    stages = [workspace.link(each) for each in (Data(Digits(train=30)), score, Table("x", (address(score),)))]
    code = f"""
import json, sys
from pathlib import Path
from rich.console import Console
from banc.runner.execute import execute
from banc.stage.files import load_stage
root = Path({str(workspace.root)!r})
for name in {stages!r}:
    execute(root, load_stage(root, name), name, Console())
print(json.dumps(sorted({{"torch", "sklearn", "scipy", "dvc"}} & set(sys.modules))))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(run.stdout) == []
    found = json.loads(workspace.path(Table("x", (address(score),)), files.RESULTS).read_text())
    assert found["scores"][address(score)]["images"] == Digits.TOTAL - 40


def imports_torch(process: int) -> bool:
    """Whether it has begun to: what is written in C++ comes first, and then many modules."""
    try:
        return "/libtorch_cpu" in Path(f"/proc/{process}/maps").read_text()
    except OSError:  # it has ended
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="what a process has loaded is seen through /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_while_torch_is_imported_it_leaves_behind_it(
    workspace: Any, teacher: Train, number: signal.Signals
) -> None:
    name = workspace.link(teacher)
    (workspace.root / ".dvc").mkdir()
    command = [sys.executable, "-m", "banc", "run", name]
    for _ in range(20):
        process = subprocess.Popen(command, cwd=workspace.root, stderr=subprocess.PIPE, text=True)
        while process.poll() is None and not imports_torch(process.pid):
            time.sleep(0.001)
        process.send_signal(number)
        _, said = process.communicate()
        if process.returncode and ", epoch" not in said:
            break  # else it was faster, and trained by then
    draft = workspace.root / ".banc/tmp" / name
    assert process.returncode == 128 + number, said
    error, hint = said.splitlines()
    assert error == f"error: {name}: stopped by {number.name}"
    assert hint == "hint: `dvc repro` goes on from here"
    assert not draft.exists()


def failure(workspace: Any, name: Address) -> Failure | None:
    path = workspace.root / FAILURES / f"{name}.json"
    return parse_beat(Failure, path.read_text()) if path.exists() else None


def test_a_failure_is_recorded_until_the_next_start(workspace: Any, teacher: Train, recipe: Recipe) -> None:
    wild = attrs.evolve(teacher, recipe=attrs.evolve(recipe, learning_rate=1e30))
    begin = time.time()
    with pytest.raises(BancError, match="the loss is not finite"):
        workspace.run(wild)
    found = failure(workspace, address(wild))
    assert found is not None
    assert (found.message, found.where, found.exit_code) == ("the loss is not finite", "epoch 1 of 2", 1)
    assert found.hint is not None and "learning_rate" in found.hint
    assert begin <= found.when <= time.time()
    data = Data(Digits(train=20))
    path = workspace.root / FAILURES / f"{address(data)}.json"
    path.write_text("of an earlier run")
    workspace.run(data)
    assert not path.exists()


def test_a_missing_input_and_a_wrong_variable_are_failures(
    workspace: Any, teacher: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANC_PROCESSES", "many")
    with pytest.raises(UsageError):
        workspace.run(teacher)
    found = failure(workspace, address(teacher))
    assert found is not None
    assert (found.message, found.exit_code) == ("BANC_PROCESSES is `many`", 2)
    monkeypatch.delenv("BANC_PROCESSES")
    workspace.path(teacher.data, files.DATA).unlink()
    with pytest.raises(BancError):
        workspace.run(teacher)
    found = failure(workspace, address(teacher))
    assert found is not None and found.message.endswith("is missing")


def test_a_fault_of_ours_is_a_failure_too(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyError("a\nb")

    monkeypatch.setattr(data_pass, "data", fail)
    stage = Data(Digits(train=20))
    with pytest.raises(KeyError):
        workspace.run(stage)
    found = failure(workspace, address(stage))
    assert found is not None
    assert found.message == r"KeyError: 'a\nb'"


def test_a_second_runner_does_not_write_of_the_first(workspace: Any) -> None:
    stage = Data(Digits(train=20))
    workspace.run(stage)
    (lock,) = (workspace.root / ".banc/locks").iterdir()
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(BancError):
            workspace.run(stage)
    assert failure(workspace, address(stage)) is None


def test_heartbeats_go_when_a_stage_ends_well(
    workspace: Any, teacher: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.run(teacher)
    assert not list((workspace.root / PROGRESS).iterdir())
    monkeypatch.setattr(heartbeat.HeartbeatFile, "end", lambda _: None)
    workspace.run(teacher)
    (path,) = (workspace.root / PROGRESS).iterdir()
    beat = parse_beat(Heartbeat, path.read_text())
    assert beat is not None and path.stem == address(teacher)
    assert (beat.kind, beat.epoch, beat.done, beat.total) == ("train", 2, 80, 80)
    assert len(beat.losses) == 2 and beat.images_per_second and beat.device.startswith("cpu, ")


@pytest.mark.parametrize("kind", ["train", "predict"])
def test_no_byte_of_the_outputs_depends_on_heartbeats(
    workspace: Any, teacher: Train, recipe: Recipe, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """As many as there are steps, none at all, and a disk that refuses them."""
    trained = workspace.run(teacher)
    stage = Predict(recipe.augment, teacher.data, trained) if kind == "predict" else teacher
    monkeypatch.setattr(heartbeat, "SECONDS", 0.0)
    monkeypatch.setattr(heartbeat, "MAX_TIME_FRACTION", float("inf"))
    workspace.run(stage)
    often = workspace.outputs(stage)
    monkeypatch.setattr(heartbeat.HeartbeatFile, "due", lambda _: False)
    workspace.run(stage)
    assert workspace.outputs(stage) == often
    monkeypatch.undo()
    for folder in (PROGRESS, FAILURES):
        shutil.rmtree(workspace.root / folder, ignore_errors=True)
        (workspace.root / folder).write_text("a file in the place of the folder")
    workspace.run(stage)
    assert workspace.outputs(stage) == often
