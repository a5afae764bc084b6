from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry, Resource

from banc.machine import Device
from banc.provenance.record import record
from banc.stage.timing import FILE, Drawn, Timing, timing_line

Explained = Any
NAMES = ["dense/ban-2", "dense/pair", "dense/all", "dense/moved", "dense/parameters", "wide/ban-2"]


@pytest.fixture(scope="module")
def schema(checkout: Path) -> Draft202012Validator:
    """The schema; what it takes from that of ``banc plan`` is read from there."""
    plan, explain = (
        json.loads((checkout / f"docs/{name}.schema.json").read_text()) for name in ("plan", "explain")
    )
    Draft202012Validator.check_schema(explain)
    registry: Any = Registry().with_resource("plan.schema.json", Resource.from_contents(plan))
    return Draft202012Validator(explain, registry=registry)


def problems(schema: Draft202012Validator, value: Any) -> list[str]:
    return [best_match([error]).message for error in schema.iter_errors(value)]


@pytest.mark.parametrize("name", NAMES)
def test_cells_are_what_the_schema_says(
    explained: Explained, schema: Draft202012Validator, name: str
) -> None:
    value = json.loads(json.dumps(record(explained.explain(name)), allow_nan=False))
    assert problems(schema, value) == []
    assert value["tree"]["node"] == "cell"


def test_stages_of_every_kind_are_what_the_schema_says(
    explained: Explained, schema: Draft202012Validator
) -> None:
    explained.say("epochs = 2", "epochs = 3")
    nodes = {}
    for address in explained.graph().stages:
        value = json.loads(json.dumps(record(explained.explain(address)), allow_nan=False))
        assert problems(schema, value) == [], address
        nodes[address.partition("-")[0]] = value["tree"]["node"]
    assert sorted(nodes.values()) == ["data", "score", "table", "teacher", "training"]


def test_a_store_by_epoch_is_what_the_schema_says(explained: Explained, schema: Draft202012Validator) -> None:
    said = 'teacher = "dense"\nrecipe.augment.mixup = 0.2\nteacher_outputs = "stored"\n'
    explained.say('teacher = "dense"\n', said)
    value: Any = json.loads(json.dumps(record(explained.explain("wide/moved"))))
    assert problems(schema, value) == []
    (teacher,) = value["tree"]["score"]["members"][0]["teachers"]
    assert (teacher["outputs"], teacher["views"], teacher["epochs"]) == ("stored", None, 2)
    assert [(store["seed"], store["for_seed"]) for store in teacher["stores"]] == [(0, 0), (1, 1)]


def test_the_schema_refuses_what_is_left_out(explained: Explained, schema: Draft202012Validator) -> None:
    value: Any = json.loads(json.dumps(record(explained.explain("dense/ban-2"))))
    del value["tree"]["score"]["members"][0]["stages"][0]["lock"]
    assert not schema.is_valid(value)


def test_a_program_finds_the_numbers(explained: Explained) -> None:
    value: Any = record(explained.explain("dense/teacher", seed=0))
    assert value["explain_version"] == "1.3"
    cell = value["tree"]
    assert (cell["published"], cell["n"], cell["of"], cell["state"]) == (17.42, 1, 1, "complete")
    (result,) = cell["score"]["results"]
    metrics = json.loads((explained.root / result["file"]).read_text())
    assert result["metrics"] == metrics
    assert cell["mean"] == metrics["test_error"]
    (member,) = cell["score"]["members"]
    (stage,) = member["stages"]
    assert stage["now"]["action"] == "keep"
    assert {output["path"].rpartition("/")[2] for output in stage["outputs"]} == {
        "model.safetensors",
        "model.json",
        "history.csv",
        "outputs.npy",
    }
    assert value["if_changed"]["of"] == [stage["address"]]
    assert value["if_changed"]["tables"] == ["t"]


def test_a_program_finds_what_a_stage_drew(explained: Explained, schema: Draft202012Validator) -> None:
    value: Any = record(explained.explain("dense/teacher", seed=0))
    (stage,) = value["tree"]["score"]["members"][0]["stages"]
    energy = (Drawn("gpu GPU-x", 90.5, 0, 2),)
    line = Timing(stage["address"], "train", Device("G", gpu=True), 1.0, 7, energy=energy)
    (explained.root / FILE).parent.mkdir(exist_ok=True)
    (explained.root / FILE).write_text(timing_line(line))
    value = json.loads(json.dumps(record(explained.explain("dense/teacher", seed=0))))
    assert problems(schema, value) == []
    (stage,) = value["tree"]["score"]["members"][0]["stages"]
    timing = stage["timing"]
    assert (timing["seconds"], timing["gpu_joules"], timing["cpu_joules"]) == (1.0, 90.5, None)
