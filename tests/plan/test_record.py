from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator

from banc.machine import Device
from banc.plan.costs import Bytes, Costs, Stores
from banc.plan.estimate import UNKNOWN, Estimate
from banc.plan.reason import (
    Change,
    CommandChanged,
    FieldsChanged,
    InputChanged,
    InputMissing,
    InputsChanged,
    NeverRun,
    OutputLost,
    Reason,
    RecordMissing,
    RevisionChanged,
    Upstream,
)
from banc.plan.record import record
from banc.plan.step import Keep, Plan, Restore, Run, Step, Wait
from banc.plan.work import Network, Work
from banc.stage.kinds import Address
from banc.state.state import Checkpoint, Disk, Holder

A, B = Address("train-a-0123456789ab"), Address("train-b-0123456789ab")
REASONS: dict[str, Reason] = {
    "never_run": NeverRun(),
    "fields_changed": FieldsChanged(
        A, (Change("recipe.epochs", 200, 100), Change("recipe.drop_at", None, [0.5]))
    ),
    "inputs_changed": InputsChanged(A, "scores", (B,), ()),
    "revision_changed": RevisionChanged(A, "DenseNetBC", 1, 2),
    "command_changed": CommandChanged("old", "new"),
    "input_changed": InputChanged("runs/a/x"),
    "input_missing": InputMissing("weights/x"),
    "output_lost": OutputLost(("runs/a/x",), "not in cache"),
    "record_missing": RecordMissing(),
    "upstream": Upstream(A),
}
PLAN = Plan(
    (
        *(
            Step(A, "train", ("a seed 0", "b"), Run(reason), 200, Checkpoint(3, 4))
            for reason in REASONS.values()
        ),
        Step(B, "predict", (), Run(NeverRun()), None, Checkpoint(1000), Holder(123, "here")),
        Step(B, "table", (), Wait((A,))),
        Step(B, "score", (), Restore(1000)),
        Step(B, "score", (), Restore(24)),
        Step(B, "data", (), Keep()),
    ),
)

NETWORK = Network("0123456789ab", "densenet-bc-10-2", 100, 1000, 10, "float32")
COSTS = Costs(
    device=Device("A CPU", gpu=False, cores=2),
    work={
        A: Work("train", NETWORK, trained=500, tested=20, live=(NETWORK,), writes=900),
        B: Work("predict"),
    },
    estimates={A: Estimate(2.0, 1.5, 3.0, "measured here"), B: UNKNOWN},
    bytes=Bytes(900, 1, 1024, 50, Disk(10_000, 700)),
    stores=Stores(1, 9, None, 300, 500, 1.25),
)


@pytest.fixture
def schema(checkout: Path) -> Draft202012Validator:
    value: Any = json.loads((checkout / "docs/plan.schema.json").read_text())
    Draft202012Validator.check_schema(value)
    return Draft202012Validator(value)


def test_every_reason_is_here() -> None:
    assert {type(reason) for reason in REASONS.values()} == set(get_args(Reason))


def test_it_is_what_the_schema_says(schema: Draft202012Validator) -> None:
    value = json.loads(json.dumps(record(PLAN, ["spec/a.toml"], COSTS, linked=False)))
    assert list(schema.iter_errors(value)) == []
    assert [stage["reason"]["kind"] for stage in value["stages"][: len(REASONS)]] == list(REASONS)


def test_what_the_schema_does_not_allow(schema: Draft202012Validator) -> None:
    """It says something: what is left out or misspelt is noticed."""
    for number in range(len(REASONS)):
        for key in ("than", "changes", "role", "item", "before", "path", "how", "first"):
            value = json.loads(json.dumps(record(PLAN, [], COSTS, linked=False)))
            if value["stages"][number]["reason"].pop(key, None) is not None:
                assert not schema.is_valid(value), (number, key)
    for place, key in ((-1, "action"), (-2, "bytes"), (-4, "for"), (0, "reason"), (0, "address")):
        value = json.loads(json.dumps(record(PLAN, [], COSTS, linked=False)))
        del value["stages"][place][key]
        assert not schema.is_valid(value), (place, key)


def test_the_numbers() -> None:
    value = record(PLAN, ["spec/a.toml"], COSTS, linked=False)
    assert value["counts"] == {"run": len(REASONS) + 1, "wait": 1, "restore": 2, "keep": 1}
    assert value["restore_bytes"] == 1024
    assert value["stages"][0]["goes_on"] == {"epoch": 3, "steps": 4, "epochs": 200}
    assert value["stages"][1]["reason"]["changes"][1] == {
        "field": "recipe.drop_at",
        "before": None,
        "now": [0.5],
    }
    assert value["stages"][-5]["goes_on"] == {"outputs": 1000}
    assert value["stages"][-5]["running"] == {"process": 123, "host": "here"}
    assert value["stages"][-4]["for"] == [A]


def test_what_it_costs(schema: Draft202012Validator) -> None:
    """What nobody knows is null, never 0."""
    value = json.loads(json.dumps(record(PLAN, [], COSTS, linked=False)))
    assert value["stages"][0]["cost"] == {
        "seconds": 2.0,
        "low": 1.5,
        "high": 3.0,
        "basis": "measured here",
        "bytes": 900,
        "network": "densenet-bc-10-2",
        "parameters": 100,
        "multiply_adds": 1000,
        "images_trained": 500,
        "images_passed": 520,
    }
    unknown = {"seconds": None, "low": None, "high": None, "basis": "unknown", "bytes": None}
    assert value["stages"][-5]["cost"] == unknown
    costs = value["costs"]
    assert costs["device"] == {"name": "A CPU", "gpu": False, "cores": 2, "processes": 1}
    assert costs["bytes"]["missing"] == 200
    assert costs["stored_teacher_outputs"]["seconds"] is None
    assert costs["run"]["unknown"] == 1
    for place in (costs["bytes"], costs["run"], value["stages"][0]["cost"]):
        for key in list(place):
            if key not in ("network", "parameters", "multiply_adds", "images_trained", "images_passed"):
                kept = place.pop(key)
                assert not schema.is_valid(value), key
                place[key] = kept


def test_a_kept_stage_costs_nothing() -> None:
    kept = Plan((Step(Address("data-x-0123456789ab"), "data", (), Keep()),))
    assert "cost" not in record(kept, [], COSTS, linked=True)["stages"][0]
