from __future__ import annotations

import os
import shutil
from typing import Any

import pytest
from attrs import evolve

from banc.stage.heartbeat import Heartbeat
from banc.state.state import Checkpoint, Holder, State
from banc.status.time_left import TimeLeft

# A class of ``conftest``, which cannot be imported from here.
Workspace = Any
HERE = os.uname().nodename


def beat(done: int, total: int, speed: float | None, at: float = 0.0, since: float = 0.0) -> Heartbeat:
    return Heartbeat("train", 12, HERE, since, at, done=done, total=total, images_per_second=speed)


@pytest.fixture
def empty(workspace: Workspace) -> State:
    """Nothing has run: 8 trainings of 10 epochs over 20 images, two networks; 4 sets of outputs."""
    shutil.rmtree(workspace.root / "runs")
    shutil.rmtree(workspace.root / ".dvc/cache")
    for path in [*workspace.root.glob("pipelines/*/dvc.lock"), workspace.root / "dvc.lock"]:
        path.unlink()
    state: State = workspace.state()
    return state


def left(workspace: Workspace, state: State) -> TimeLeft:
    made: TimeLeft = workspace.status(state).time_left
    return made


def test_nothing_is_known(workspace: Workspace, empty: State) -> None:
    assert left(workspace, empty) == TimeLeft(0.0, 0, 12)
    assert left(workspace, empty).known is None


def test_everything_is_finished(workspace: Workspace) -> None:
    assert left(workspace, workspace.state()) == TimeLeft(0.0, 0, 0)


def test_one_that_runs_tells_of_its_network(workspace: Workspace, empty: State) -> None:
    """10 epochs of 20 images at 50 images/s are 4 s: of four trainings one has 1.5 s left."""
    running = workspace.address("dense teacher seed 0")
    state = evolve(
        empty, holders={running: Holder(12, HERE)}, heartbeats={running: beat(125, 200, 50.0, 2.5, 0.0)}
    )
    assert left(workspace, state) == TimeLeft(1.5 + 3 * 4.0, 4, 8)


def test_one_that_ended_tells_how_long_it_took_to_start(workspace: Workspace, empty: State) -> None:
    """7 s before the loop, 4 s in it."""
    ended = {workspace.address("wide teacher seed 0"): beat(200, 200, 50.0, at=111.0, since=100.0)}
    assert left(workspace, evolve(empty, ended=ended)) == TimeLeft(4 * 11.0, 4, 8)


def test_the_latest_counts_and_a_checkpoint_is_less(workspace: Workspace, empty: State) -> None:
    first, second = workspace.address("wide teacher seed 0"), workspace.address("wide teacher seed 1")
    state = evolve(
        empty,
        ended={first: beat(200, 200, 10.0, at=20.0)},
        heartbeats={second: beat(80, 200, 100.0, at=30.0, since=29.2)},
        checkpoints={second: Checkpoint(4)},
    )
    assert left(workspace, state).seconds == pytest.approx(2.0 * 3 + 1.2)


def test_a_set_of_outputs(workspace: Workspace, empty: State) -> None:
    done = workspace.address("dense teacher seed 0 outputs")
    assert left(workspace, evolve(empty, ended={done: beat(20, 20, 10.0, at=2.0)})) == TimeLeft(4.0, 2, 10)


def test_without_a_speed_nothing_is_known(workspace: Workspace, empty: State) -> None:
    running = workspace.address("dense teacher seed 0")
    state = evolve(empty, holders={running: Holder(12, HERE)}, heartbeats={running: beat(0, 200, None)})
    assert left(workspace, state) == TimeLeft(0.0, 0, 12)


def test_two_at_once_take_half_as_long(workspace: Workspace, empty: State) -> None:
    both = [workspace.address(f"dense teacher seed {seed}") for seed in (0, 1)]
    state = evolve(
        empty,
        holders=dict.fromkeys(both, Holder(12, HERE)),
        heartbeats={both[0]: beat(0, 200, 50.0), both[1]: beat(100, 200, 50.0, at=2.0)},
    )
    assert left(workspace, state).seconds == pytest.approx((4 + 2 + 2 * 4) / 2)
