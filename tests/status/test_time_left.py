from __future__ import annotations

import os
from typing import Any

import pytest
from attrs import evolve

from banc.plan.estimate import UNKNOWN, Estimate
from banc.stage.heartbeat import Heartbeat
from banc.stage.kinds import Address
from banc.state.state import Holder
from banc.status.stage_state import Done, Running, StageState, Waiting
from banc.status.time_left import TimeLeft, seconds_left, time_left

# A class of ``conftest``, which cannot be imported from here.
Workspace = Any
A, B, C = (Address(f"train-{letter}-0123456789ab") for letter in "abc")
BEAT = Heartbeat("train", 12, os.uname().nodename, 0.0, 2.5, done=125, total=200, images_per_second=50.0)
RUNNING = Running(Holder(12, os.uname().nodename), BEAT, seconds_left(BEAT))
WAITING = Waiting(())


def estimate(seconds: float, basis: Any = "measured here") -> Estimate:
    return Estimate(seconds, seconds / 2, 2 * seconds, basis)


def test_everything_is_finished() -> None:
    assert time_left({A: Done(), B: Done()}, {}) == TimeLeft(0.0, 0, 0)


def test_what_nobody_knows_is_counted_and_not_guessed() -> None:
    states: dict[Address, StageState] = {A: WAITING, B: WAITING}
    left = time_left(states, {A: estimate(4.0), B: UNKNOWN})
    assert left == TimeLeft(4.0, 1, 1, ("measured here",), 2.0, 8.0)
    assert left.whole is None
    assert time_left({A: WAITING}, {}) == TimeLeft(0.0, 0, 1)


def test_one_that_runs_tells_by_its_own_speed() -> None:
    """75 of 200 images are left, at 50 a second; what a plan says of it no longer counts."""
    states: dict[Address, StageState] = {A: RUNNING, B: WAITING}
    left = time_left(states, {A: estimate(100.0, "model"), B: estimate(4.0, "model")})
    assert left == TimeLeft(1.5 + 4.0, 2, 0, ("model", "measured here"), 1.5 + 2.0, 1.5 + 8.0)
    assert left.whole == 5.5


def test_one_that_has_just_begun_takes_what_the_plan_says() -> None:
    beginning = evolve(RUNNING, seconds_left=None)
    left = time_left({A: beginning}, {A: estimate(7.0, "model")})
    assert left == TimeLeft(7.0, 1, 0, ("model",), 3.5, 14.0)


def test_as_many_at_once_as_are_running_now() -> None:
    states: dict[Address, StageState] = {A: RUNNING, B: RUNNING, C: WAITING}
    assert time_left(states, {C: estimate(5.0)}).seconds == (1.5 + 1.5 + 5.0) / 2
    long = evolve(RUNNING, seconds_left=90.0)
    left = time_left({A: RUNNING, B: long}, {})
    assert (left.seconds, left.low, left.high) == (90.0, 90.0, 90.0), "no less than the longest"


def test_a_status_takes_the_estimates_of_its_plan(workspace: Workspace) -> None:
    """Without a lock or an output everything is to run: 8 trainings, 4 sets of outputs."""
    state = workspace.state()
    nothing = evolve(state, locks={}, files={}, runs={}, cached=frozenset())
    left = workspace.status(nothing).time_left
    assert (left.known, left.unknown) == (12, 0)
    assert left.bases
    running = workspace.address("dense teacher seed 0")
    busy = evolve(nothing, holders={running: Holder(12, os.uname().nodename)}, heartbeats={running: BEAT})
    assert workspace.status(busy).time_left.known == 12
    assert workspace.status(state).time_left == TimeLeft(0.0, 0, 0)


@pytest.mark.parametrize("speed", [None, 0.0])
def test_a_speed_that_is_not_known_yet(speed: float | None) -> None:
    assert seconds_left(evolve(BEAT, images_per_second=speed)) is None
