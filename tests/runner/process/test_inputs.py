"""A checkpoint is of the inputs that it says, and what a run made counts only if its inputs stayed."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from banc.config.objective import OBJECTIVES
from banc.config.recipe import Recipe
from banc.errors import BancError
from banc.runner.process.inputs import InputChanged, Inputs
from banc.runner.training import predict as predict_pass
from banc.runner.training import train as train_pass
from banc.runner.training.sgd import Sgd
from banc.stage import files
from banc.stage.kinds import Predict, Stage, Train
from banc.stage.made import Announced, versions

AtStep = Callable[[int, Callable[[], object]], None]


@pytest.fixture
def at_step(monkeypatch: pytest.MonkeyPatch) -> AtStep:
    """Has something done in a step of the next training, counted from 1; only there."""

    def change(number: int, do: Callable[[], object]) -> None:
        steps = []

        class Met(Sgd):
            def step(self, rate: float) -> None:
                steps.append(rate)
                if len(steps) == number:
                    do()
                super().step(rate)

        monkeypatch.setattr(train_pass, "new_optimizer", Met)

    return change


def stop() -> None:
    signal.raise_signal(signal.SIGTERM)


def later(path: Path, write: Callable[[], object]) -> None:
    """Writes until it shows in the file's time: file systems count that in steps."""
    before = path.stat().st_ctime_ns
    while True:
        write()
        if path.stat().st_ctime_ns != before:
            return


def negative(path: Path) -> None:
    """Another input of the same size, written into the same file."""
    array = np.load(path)

    def write() -> None:
        with path.open("r+b") as file:
            np.save(file, array.max() - array)

    later(path, write)


def put_back(path: Path, kept: Path) -> None:
    """As ``dvc checkout`` does: by another file of the same bytes."""

    def write() -> None:
        path.unlink()
        shutil.copy(kept, path)

    later(path, write)


# What an input is


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "store"
    path.write_bytes(b"input")
    os.utime(path, (0, 0))  # what is written next is later, however coarsely the file system counts time
    return path


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def inputs(root: Path, *, of: str = "") -> Inputs:
    return Inputs(root, ["store"], Announced({"store": of}, versions(root, ["store"])) if of else None)


def test_what_the_starter_or_a_checkpoint_knows_is_not_read_again(store: Path) -> None:
    """A digest that is not the file's shows who said it."""
    assert inputs(store.parent, of="1" * 32).digests()["store"][0] == "1" * 32
    assert inputs(store.parent).digests()["store"][0] == md5(b"input")
    now = inputs(store.parent)
    assert now.other_than({"store": ["2" * 32, *versions(store.parent, ["store"])["store"]]}) == ""
    assert now.digests()["store"][0] == "2" * 32


def test_another_file_of_the_same_bytes_is_the_same_input(store: Path) -> None:
    before = inputs(store.parent).digests()
    store.rename(store.with_name("old"))
    store.write_bytes(b"input")
    assert inputs(store.parent).other_than(before) == ""
    # Also for a starter that saw the other one.
    known = Announced({"store": md5(b"input")}, {"store": before["store"][1:]})
    assert Inputs(store.parent, ["store"], known).other_than(before) == ""


@pytest.mark.parametrize("content", [b"other", b"longer than that"])
def test_other_bytes_are_another_input(store: Path, content: bytes) -> None:
    before = inputs(store.parent).digests()
    store.write_bytes(content)
    assert inputs(store.parent).other_than(before) == "store"
    assert inputs(store.parent, of=md5(content)).other_than(before) == "store"
    assert Inputs(store.parent).other_than(before) == "store"
    assert inputs(store.parent).other_than({}) == "store"


def test_what_was_edited_after_it_was_announced_is_not_begun_with(store: Path) -> None:
    known = Announced({"store": md5(b"input")}, versions(store.parent, ["store"]))
    store.write_bytes(b"other")
    with pytest.raises(InputChanged, match="input `store` was changed as this stage began"):
        Inputs(store.parent, ["store"], known)
    store.unlink()
    with pytest.raises(InputChanged, match="input `store` was changed as this stage began"):
        Inputs(store.parent, ["store"], known)


@pytest.mark.parametrize("digested", [True, False])
@pytest.mark.parametrize(
    ("how", "holds"),
    [("nothing", "yes"), ("protected", "yes"), ("linked anew", "if digested")]
    + [(how, "no") for how in ("edited", "edited and back", "edited in secret", "replaced", "gone")],
)
def test_an_input_holds_or_what_was_made_of_it_counts_for_nothing(
    store: Path, how: str, holds: str, digested: bool
) -> None:
    now = inputs(store.parent)
    if digested:
        now.digests()
    kept = store.with_name("kept")
    match how:
        case "protected":
            store.chmod(0o444)
        case "linked anew":
            shutil.copy2(store, kept)
            kept.replace(store)
        case "edited":
            store.write_bytes(b"other")
        case "edited and back":
            store.write_bytes(b"other")
            store.write_bytes(b"input")
        case "edited in secret":
            later(store, lambda: (store.write_bytes(b"other"), os.utime(store, (0, 0))))
            if not digested:
                pytest.skip("DVC itself would not notice")
        case "replaced":
            kept.write_bytes(b"other")
            kept.replace(store)
        case "gone":
            store.unlink()
    if holds == "yes" or (holds == "if digested" and digested):
        now.hold()
        now.hold()
        return
    with pytest.raises(InputChanged, match="input `store` was changed while this stage ran") as caught:
        now.hold()
    assert "leave files in `runs/` alone" in (caught.value.hint or "")


# What follows for a stage


def said(workspace: Any) -> str:
    text: str = workspace.said.getvalue()
    workspace.said.seek(0)
    workspace.said.truncate()
    return text


@pytest.fixture
def student(workspace: Any, teacher: Train, recipe: Recipe) -> Train:
    store = workspace.run(Predict(recipe.augment, teacher.data, workspace.run(teacher)))
    return Train(teacher.model, recipe, OBJECTIVES["dkpp"], 1, teacher.data, teacher_outputs=(store,))


@pytest.mark.parametrize("which", ["images", "store"])
def test_a_checkpoint_of_another_input_is_not_gone_on_from(
    workspace: Any, student: Train, at_step: AtStep, which: str
) -> None:
    workspace.run(student)
    expected = workspace.outputs(student)
    path = (
        workspace.path(student.data, files.DATA_ARRAYS[0])
        if which == "images"
        else workspace.path(student.teacher_outputs[0], files.OUTPUTS)
    )
    kept = workspace.root / "kept"
    shutil.copy(path, kept)
    negative(path)
    at_step(4, stop)
    with pytest.raises(BancError, match="stopped by SIGTERM"):
        workspace.run(student)
    put_back(path, kept)
    said(workspace)
    workspace.run(student)
    first = said(workspace).splitlines()[0]
    assert first.startswith("warning: checkpoint `000000000004-")
    assert first.endswith(f"is of another `{path.relative_to(workspace.root)}` and is not used")
    assert workspace.outputs(student) == expected


def test_one_of_the_same_bytes_is(workspace: Any, student: Train, at_step: AtStep) -> None:
    workspace.run(student)
    expected = workspace.outputs(student)
    at_step(4, stop)
    with pytest.raises(BancError, match="stopped by SIGTERM"):
        workspace.run(student)
    path = workspace.path(student.teacher_outputs[0], files.OUTPUTS)
    shutil.copy(path, workspace.root / "kept")
    negative(path)
    put_back(path, workspace.root / "kept")
    said(workspace)
    workspace.run(student)
    assert said(workspace).splitlines()[0] == "goes on at epoch 2 of 2, step 2 of 3"
    assert workspace.outputs(student) == expected


def test_one_of_an_older_version_is_not_used_since_nobody_knows_of_what_it_is(
    workspace: Any, teacher: Train, at_step: AtStep
) -> None:
    at_step(4, stop)
    with pytest.raises(BancError, match="stopped by SIGTERM"):
        workspace.run(teacher)
    (path,) = (workspace.root / ".banc/checkpoints" / workspace.link(teacher)).iterdir()
    old = path.read_bytes().rpartition(b"\n")[0]
    path.with_name(f"000000000004-{hashlib.sha256(old).hexdigest()}").write_bytes(old)
    path.unlink()
    workspace.run(teacher)
    text = said(workspace)
    assert "does not say of which inputs it is (it is of an older version) and is not used" in text
    assert "goes on" not in text


def test_an_input_that_is_edited_meanwhile_ends_the_training_at_its_next_checkpoint(
    workspace: Any, student: Train, at_step: AtStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one before is of what it says; so nothing of it is lost when the input is put back."""
    workspace.run(student)
    expected = workspace.outputs(student)
    shutil.rmtree(workspace.path(student, ""))
    monkeypatch.setenv("BANC_CHECKPOINT_SECONDS", "0")
    path = workspace.path(student.teacher_outputs[0], files.OUTPUTS)
    kept = workspace.root / "kept"
    shutil.copy(path, kept)
    at_step(4, lambda: (negative(path), stop()))
    with pytest.raises(BancError, match=r"epoch 2 of 2: input `.*` was changed while this stage ran"):
        workspace.run(student)
    assert not workspace.path(student, "").exists()
    steps = [int(path.name[:12]) for path in (workspace.root / ".banc/checkpoints").glob("*/*")]
    assert steps
    assert max(steps) < 4
    put_back(path, kept)
    at_step(0, stop)
    said(workspace)
    workspace.run(student)
    epoch, step = divmod(max(steps), 3)
    assert f"goes on at epoch {epoch + 1} of 2, step {step + 1} of 3" in said(workspace)
    assert workspace.outputs(student) == expected


def test_a_store_goes_on_from_no_other_networks_outputs(
    workspace: Any, teacher: Train, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained = workspace.run(teacher)
    stage = Predict(recipe.augment, teacher.data, trained)
    workspace.run(stage)
    expected = workspace.outputs(stage)
    path = workspace.path(teacher, files.MODEL)
    kept = workspace.root / "kept"
    path.rename(kept)
    other = workspace.run(Train(teacher.model, recipe, teacher.objective, 7, teacher.data))
    shutil.copy(workspace.path(other, files.MODEL), path)
    monkeypatch.setattr(predict_pass, "BATCH", 64)
    ask = predict_pass.FrozenNetwork.__call__

    def stopping(network: Any, *arguments: Any) -> Any:
        if stop_now.pop():
            stop()
        return ask(network, *arguments)

    stop_now = [True, *([False] * 99)][::-1]
    monkeypatch.setattr(predict_pass.FrozenNetwork, "__call__", stopping)
    with pytest.raises(BancError, match="stopped by SIGTERM"):
        workspace.run(stage)
    monkeypatch.setattr(predict_pass.FrozenNetwork, "__call__", ask)
    path.unlink()
    kept.rename(path)
    said(workspace)
    workspace.run(stage)
    assert f"is of another `{files.folder(trained)}/{files.MODEL}` and is not used" in said(workspace)
    assert workspace.outputs(stage)[files.OUTPUTS] == expected[files.OUTPUTS]


def test_without_any_starter_an_edit_under_a_short_stage_is_noticed_too(
    workspace: Any, student: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``dvc repro`` digests inputs when the stage has ended, and would record the edited one."""
    assert isinstance(student, Train)
    path = workspace.path(student.teacher_outputs[0], files.OUTPUTS)
    written = train_pass.write_network

    def late(*arguments: Any) -> None:
        written(*arguments)
        negative(path)

    monkeypatch.setattr(train_pass, "write_network", late)
    with pytest.raises(BancError, match="was changed while this stage ran"):
        workspace.run(student)
    assert not workspace.path(student, "").exists()
