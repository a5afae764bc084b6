from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import attrs
import pytest

from banc.config.recipe import Recipe
from banc.errors import BancError, UsageError
from banc.runner import execute as execute_pass
from banc.runner.process.checkpoints import PENDING, SECONDS, Checkpoints
from banc.runner.process.inputs import Inputs
from banc.runner.training import train as train_pass
from banc.runner.training.group import Group
from banc.runner.training.sgd import Sgd
from banc.stage import files
from banc.stage.kinds import Address, Train

Limit = Callable[[int], AbstractContextManager[None]]

STAGE = Address("train-a-000000000000")


class Clock:
    """A second is what a test says it is."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def kept(tmp_path: Path, told: list[str]) -> Checkpoints:
    return Checkpoints(tmp_path, STAGE, Inputs(tmp_path), told.append, Clock())


def read(checkpoints: Checkpoints) -> list[bytes]:
    """All that is whole, the latest first, without taking or deleting anything."""
    return [
        path.read_bytes().partition(b"\n")[0]
        for path in sorted(checkpoints.folder.glob("[0-9]*"), reverse=True)
    ]


def test_two_are_kept_and_the_latest_is_used(kept: Checkpoints, told: list[str]) -> None:
    for step in (9, 10, 100, 1000):
        kept.save(step, f"{step}".encode)
    assert read(kept) == [b"1000", b"100"]
    used: list[bytes] = []
    assert kept.load(lambda state: not used.append(state))
    assert used == [b"1000"]
    assert not told


def test_what_is_not_taken_is_gone_and_stands_in_nobodys_way(kept: Checkpoints, told: list[str]) -> None:
    """A run that begins anew counts from small steps again: old large ones must not push those out."""
    kept.save(1000, lambda: b"old")
    kept.save(1001, lambda: b"old")
    assert not kept.load(lambda _: False)
    assert len(told) == 2
    assert all("is of another version or machine and is not used" in line for line in told)
    kept.save(1, lambda: b"new")
    assert read(kept) == [b"new"]


def test_a_file_under_construction_is_no_checkpoint(kept: Checkpoints) -> None:
    kept.save(1, lambda: b"whole")
    (kept.folder / PENDING).write_bytes(b"ha")
    (kept.folder / "000000000002-short").write_bytes(b"half")
    assert kept.load(lambda state: state == b"whole")


def test_a_stage_that_is_done_leaves_nothing(kept: Checkpoints) -> None:
    kept.discard()
    kept.save(1, lambda: b"x")
    kept.discard()
    assert not kept.folder.exists()


def test_they_are_due_by_time_and_rarer_where_writing_takes_long(tmp_path: Path, told: list[str]) -> None:
    clock = Clock()
    kept = Checkpoints(tmp_path, STAGE, Inputs(tmp_path), told.append, clock)

    def slowly() -> bytes:
        clock.now += 3
        return b"x"

    clock.now = SECONDS - 1
    assert not kept.due()
    clock.now = SECONDS
    assert kept.due()
    kept.save(1, lambda: b"x")
    clock.now += SECONDS - 1
    assert not kept.due()
    kept.save(2, slowly)
    clock.now += 299
    assert not kept.due()
    clock.now += 1
    assert kept.due()


def test_a_person_says_how_often(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str]) -> None:
    monkeypatch.setenv("BANC_CHECKPOINT_SECONDS", "0.5")
    clock = Clock()
    kept = Checkpoints(tmp_path, STAGE, Inputs(tmp_path), told.append, clock)
    assert not kept.due()
    clock.now = 0.5
    assert kept.due()


@pytest.mark.parametrize("text", ["often", "-1", "1e3", "nan", "1s"])
def test_a_wrong_interval_is_a_wrong_call(
    workspace: Any, teacher: Train, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("BANC_CHECKPOINT_SECONDS", text)
    with pytest.raises(UsageError, match=f"BANC_CHECKPOINT_SECONDS is `{text}`"):
        workspace.run(teacher)


def test_a_full_disk_costs_a_line_and_the_last_one_stays(
    kept: Checkpoints, told: list[str], no_file_larger_than: Limit
) -> None:
    kept.save(1, lambda: b"good")
    with no_file_larger_than(1000):
        kept.save(2, lambda: bytes(2000))
    assert told == ["warning: no checkpoint could be written: File too large; the stage goes on"]
    assert read(kept) == [b"good"]
    assert not (kept.folder / PENDING).exists()


def test_a_first_one_that_fails_leaves_no_folder(kept: Checkpoints, no_file_larger_than: Limit) -> None:
    with no_file_larger_than(1000):
        kept.save(2, lambda: bytes(2000))
    assert not kept.folder.exists()


def test_a_training_without_checkpoints_is_the_same_training(
    workspace: Any, teacher: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.run(teacher)
    expected = workspace.outputs(teacher)
    monkeypatch.setenv("BANC_CHECKPOINT_SECONDS", "0")
    workspace.run(teacher)
    assert workspace.outputs(teacher) == expected
    (workspace.root / ".banc/checkpoints").rmdir()
    (workspace.root / ".banc/checkpoints").write_text("in the way")
    workspace.run(teacher)
    assert workspace.outputs(teacher) == expected
    assert "warning: no checkpoint could be written: Not a directory" in workspace.said.getvalue()


def test_a_signal_is_a_checkpoint_after_the_step_it_met(
    workspace: Any, teacher: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside the second epoch, long before one is due."""
    workspace.run(teacher)
    expected = workspace.outputs(teacher)
    steps = []

    class Met(Sgd):
        def step(self, rate: float) -> None:
            if len(steps) == 3:
                signal.raise_signal(signal.SIGTERM)
            steps.append(rate)
            super().step(rate)

    monkeypatch.setattr(train_pass, "new_optimizer", Met)
    with pytest.raises(BancError, match=r"^train-.*, epoch 2 of 2: stopped by SIGTERM$") as caught:
        workspace.run(teacher)
    assert caught.value.exit_code == 143
    assert len(steps) == 4
    (kept,) = (workspace.root / ".banc/checkpoints" / workspace.link(teacher)).iterdir()
    assert kept.name.startswith("000000000004-")
    workspace.run(teacher)
    assert len(steps) == 6
    assert "goes on at epoch 2 of 2, step 2 of 3" in workspace.said.getvalue()
    assert workspace.outputs(teacher) == expected


def test_who_is_asked_after_all_agreed_takes_another_step_with_the_others(
    workspace: Any, teacher: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alone it would leave the others in the middle of a step, and gloo would end them by an abort."""
    agree = Group.all_reduce_max

    def asked_at_once(group: Group, *numbers: int) -> tuple[int, ...]:
        agreed = agree(group, *numbers)
        signal.raise_signal(signal.SIGTERM)
        return agreed

    monkeypatch.setattr(Group, "all_reduce_max", asked_at_once)
    with pytest.raises(BancError, match="stopped by SIGTERM"):
        workspace.run(teacher)
    (kept,) = (workspace.root / ".banc/checkpoints" / workspace.link(teacher)).iterdir()
    assert kept.name.startswith("000000000002-")


def test_outputs_that_find_no_room_cost_no_training(
    workspace: Any, teacher: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.run(teacher)
    expected = workspace.outputs(teacher)
    publish = execute_pass.publish

    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28), "model.safetensors")

    monkeypatch.setattr(execute_pass, "publish", full)
    with pytest.raises(BancError, match="the disk is full"):
        workspace.run(teacher)
    monkeypatch.setattr(execute_pass, "publish", publish)
    workspace.run(teacher)
    assert workspace.said.getvalue().splitlines()[-2] == "goes on after the last step"
    assert workspace.outputs(teacher) == expected
    assert not list((workspace.root / ".banc/checkpoints").iterdir())


def test_a_loss_that_is_not_finite_is_in_no_checkpoint(
    workspace: Any, teacher: Train, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last good one stays: a run that goes on from it ends at the same place."""
    monkeypatch.setenv("BANC_CHECKPOINT_SECONDS", "0")
    stage = attrs.evolve(teacher, recipe=attrs.evolve(recipe, epochs=9, learning_rate=1e30))
    messages = []
    for _ in range(2):
        with pytest.raises(BancError, match=r"epoch [1-9] of 9: the loss is not finite$") as caught:
            workspace.run(stage)
        messages.append(caught.value.message)
        folder = workspace.root / ".banc/checkpoints" / workspace.link(stage)
        assert 0 < len(list(folder.iterdir())) <= 2
    assert messages[0] == messages[1]
    assert "goes on at epoch " in workspace.said.getvalue()
    assert not workspace.path(stage, "").exists()


def test_a_store_is_one_file_under_two_names(
    workspace: Any, taught: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is written, a checkpoint costs no second copy; afterwards, nothing of it is left."""
    expected = workspace.outputs(taught)
    monkeypatch.setenv("BANC_CHECKPOINT_SECONDS", "0")
    links = []
    save = Checkpoints.save

    def look(self: Checkpoints, step: int, content: Any) -> None:
        save(self, step, content)
        links.append((self.folder / files.OUTPUTS).stat().st_nlink)

    monkeypatch.setattr(Checkpoints, "save", look)
    workspace.run(files.load_stage(workspace.root, taught))
    assert set(links) == {2}
    assert workspace.outputs(taught) == expected
    assert workspace.path(taught, files.OUTPUTS).stat().st_nlink == 1
