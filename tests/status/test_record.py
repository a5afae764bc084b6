from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator

from banc.plan.reason import OutputLost
from banc.stage.heartbeat import Failure, Heartbeat
from banc.stage.kinds import Address
from banc.state.state import Checkpoint, ClusterJob, Holder
from banc.status.record import WORDS, record
from banc.status.stage_state import (
    Again,
    Done,
    Failed,
    Interrupted,
    Queued,
    Restorable,
    Running,
    StageState,
    Waiting,
)
from banc.status.status import StageStatus, Status, TableStatus
from banc.status.time_left import TimeLeft

A, B = Address("train-a-0123456789ab"), Address("predict-b-0123456789ab")
BEAT = Heartbeat("train", 1, "here", 0.0, 86_400.0, "epoch 1 of 2", 1, 2, 5, 10, 2.5, 0.5, 9.0, "cpu", (1.0,))
JOB = ClusterJob("17", "PENDING", (A,), waits=True, lives=True, reason="Priority")
STATES: tuple[StageState, ...] = (
    Done(),
    Restorable(12),
    Running(None),
    Running(Holder(1, "here")),
    Running(Holder(1, "here"), BEAT, 2.0),
    Failed(Failure("x", 1e300, 1)),
    Failed(Failure("x", 0.0, 2, "hint", "epoch 1 of 2")),
    Interrupted(None, BEAT),
    Interrupted(Checkpoint(3, 4), None),
    Again(OutputLost(("runs/a/x",), "edited")),
    Waiting((B,)),
    Queued(JOB),
)
STATUS = Status(
    (TableStatus("t", "spec/t.toml", 1, 2, 0, 1),),
    (
        *(
            StageStatus(A, "train", ("a teacher seed 0",), state, 10, JOB if state == Queued(JOB) else None)
            for state in STATES
        ),
        StageStatus(B, "predict", (), Interrupted(Checkpoint(1000), None)),
    ),
    TimeLeft(12.5, 2, 1, ("model",), 5.0, 31.5),
    1.0,
)


@pytest.fixture
def schema(checkout: Path) -> Draft202012Validator:
    value: Any = json.loads((checkout / "docs/status.schema.json").read_text())
    Draft202012Validator.check_schema(value)
    return Draft202012Validator(value)


def test_every_state_is_as_the_schema_says(schema: Draft202012Validator) -> None:
    assert {type(state) for state in STATES} == set(get_args(StageState)) == set(WORDS)
    value = json.loads(json.dumps(record(STATUS), allow_nan=False))
    schema.validate(value)
    assert value["status_version"] == "1.1"
    assert value["counts"] == {
        "done": 1, "restorable": 1, "running": 3, "failed": 2, "interrupted": 3, "again": 1, "waiting": 1,
        "queued": 1,
    }  # fmt: skip
    assert {stage["state"] for stage in value["stages"]} == set(WORDS.values())


def test_what_is_said(schema: Draft202012Validator) -> None:
    value: Any = record(STATUS)
    assert value["at"] == "1970-01-01T00:00:01Z"
    assert value["time_left"] == {
        "seconds": None,
        "known_seconds": 12.5,
        "low": 5.0,
        "high": 31.5,
        "known": 2,
        "unknown": 1,
        "bases": ["model"],
    }
    running = value["stages"][4]
    assert running["seconds_left"] == 2.0
    assert running["progress"]["since"] == "1970-01-01T00:00:00Z"
    assert value["stages"][8]["goes_on"] == {"epoch": 3, "steps": 4, "epochs": 10}
    assert value["stages"][9]["reason"]["kind"] == "output_lost"
    assert value["stages"][11]["job"] == {
        "number": "17",
        "state": "PENDING",
        "node": "",
        "reason": "Priority",
    }
    assert value["stages"][-1]["goes_on"] == {"outputs": 1000}


@pytest.mark.parametrize(
    ("place", "wrong"),
    [("state", "finished"), ("kind", "x"), ("names", "a"), ("failure", {"message": "x"}), ("bytes", -1)],
)
def test_the_schema_refuses_what_is_not_so(schema: Draft202012Validator, place: str, wrong: object) -> None:
    value: Any = record(STATUS)
    value["stages"][0][place] = wrong
    assert not schema.is_valid(value)
