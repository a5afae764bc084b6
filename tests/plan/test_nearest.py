from __future__ import annotations

import copy
from typing import Any

from banc.plan.nearest import Nearest, Recorded
from banc.stage.kinds import Address

TRAIN: dict[str, Any] = {
    "kind": "train",
    "seed": 0,
    "data": "data-d-000000000000",
    "model": {"family": "densenet-bc", "depth": 10, "growth": 2},
    "objective": {"kind": "labels"},
    "recipe": {"epochs": 2, "batch": 10, "learning_rate": 0.1},
}
STUDENT = {
    **TRAIN,
    "seed": 1000,
    "objective": {"kind": "distill"},
    "teacher_outputs": ["predict-t-000000000000"],
}
PREDICT = {"kind": "predict", "data": TRAIN["data"], "model": "train-t-000000000000", "views": {"pad": 0}}
RECORDED = (
    Recorded(Address("train-t-000000000000"), TRAIN),
    Recorded(Address("predict-t-000000000000"), PREDICT),
    Recorded(Address("train-s-000000000000"), STUDENT),
)


def other(parameters: dict[str, Any], **recipe: Any) -> dict[str, Any]:
    found = copy.deepcopy(parameters)
    found["recipe"] |= recipe
    return found


def name(found: Recorded | None) -> str | None:
    return found.address if found else None


def test_what_follows_a_changed_stage_stands_for_what_followed_the_old_one() -> None:
    nearest = Nearest(iter(RECORDED))
    assert name(nearest.to(Address("train-t-111111111111"), other(TRAIN, epochs=3))) == "train-t-000000000000"
    store = {**PREDICT, "model": "train-t-111111111111"}
    assert name(nearest.to(Address("predict-t-111111111111"), store)) == "predict-t-000000000000"
    student = {**STUDENT, "teacher_outputs": ["predict-t-111111111111"]}
    assert name(nearest.to(Address("train-s-111111111111"), student)) == "train-s-000000000000"
    both = other(student, epochs=3)
    assert name(nearest.to(Address("train-s-222222222222"), both)) == "train-s-000000000000"


def test_a_field_more_or_less_is_one_field() -> None:
    nearest = Nearest(iter(RECORDED))
    more = other(TRAIN, nesterov=True)
    assert name(nearest.to(Address("train-t-111111111111"), more)) == "train-t-000000000000"
    less = other(TRAIN)
    del less["recipe"]["learning_rate"]
    assert name(nearest.to(Address("train-t-222222222222"), less)) == "train-t-000000000000"


def test_few_fields_and_no_more() -> None:
    nearest = Nearest(iter(RECORDED))
    three = other(TRAIN, epochs=3, batch=20, learning_rate=0.2)
    assert name(nearest.to(Address("train-t-111111111111"), three)) == "train-t-000000000000"
    four = other(three, momentum=0.5)
    assert nearest.to(Address("train-t-222222222222"), four) is None


def test_another_seed_or_family_is_another_run() -> None:
    nearest = Nearest(iter(RECORDED))
    assert nearest.to(Address("train-t-111111111111"), {**TRAIN, "seed": 1}) is None
    family = {**TRAIN, "model": {**TRAIN["model"], "family": "wide-resnet"}}
    assert nearest.to(Address("train-t-222222222222"), family) is None


def test_of_a_thousand_changed_stages_each_is_found() -> None:
    """By what it is, not by comparing each with each."""
    old = [
        Recorded(Address(f"train-t-{seed:012}"), {**other(TRAIN, batch=batch), "seed": seed})
        for seed in range(20)
        for batch in range(50)
    ]
    nearest = Nearest(iter(old))
    for recorded in old:
        new = other(dict(recorded.parameters), epochs=3)
        assert nearest.to(Address("train-t-999999999999"), new) == recorded


def test_outputs_of_another_network_are_another_store() -> None:
    nearest = Nearest(iter(RECORDED))
    views = {"views": {"pad": 4}}
    assert name(nearest.to(Address("predict-t-111111111111"), PREDICT | views)) == "predict-t-000000000000"
    others = PREDICT | views | {"model": "train-u-000000000000"}
    assert nearest.to(Address("predict-u-111111111111"), others) is None
