"""Objectives by name."""

from __future__ import annotations

from typing import get_args

import pytest

from banc.config.converter import new_converter
from banc.config.objective import (
    OBJECTIVES,
    DecoupledDistill,
    Distill,
    Labels,
    Objective,
    OwnObjective,
    RelationMatch,
    needs_teacher,
    needs_whole_step,
)


def test_the_papers_objectives() -> None:
    assert OBJECTIVES["labels"] == Labels()
    assert OBJECTIVES["ban"] == Distill(temperature=1.0, labels=0.0, teacher=1.0)
    assert OBJECTIVES["ban-l"] == Distill(temperature=1.0, labels=1.0, teacher=1.0)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_an_objective_of_a_paper_is_called_so(name: str) -> None:
    # A slug is part of an address: `kd` had been spelled out before it got its name.
    assert OBJECTIVES[name].slug == (name if name != "kd" else "distill")
    assert needs_teacher(OBJECTIVES[name]) == (name != "labels")


def test_others_are_called_after_their_kind() -> None:
    assert Distill(temperature=4.0, labels=0.1, teacher=0.9).slug == "distill"
    assert Distill().slug == "ban-l", "its defaults are equation 2"


def test_every_kind_has_a_name_or_takes_numbers() -> None:
    named = {type(objective) for objective in OBJECTIVES.values()}
    assert named | {OwnObjective} == set(get_args(Objective))


@pytest.mark.parametrize("name", OBJECTIVES)
def test_types_are_those_that_a_spec_would_say(name: str) -> None:
    converter = new_converter()
    again = converter.structure(converter.unstructure(OBJECTIVES[name], Objective), Objective)
    assert repr(again) == repr(OBJECTIVES[name])


def test_without_a_weight_the_teacher_is_not_needed() -> None:
    assert not needs_teacher(DecoupledDistill(alpha=0, beta=0))
    assert not needs_teacher(RelationMatch(inter=0, intra=0))
    assert needs_teacher(DecoupledDistill(alpha=0, beta=0.1))
    assert needs_teacher(RelationMatch(inter=0.1, intra=0))


def test_relations_between_samples_need_the_whole_step() -> None:
    assert needs_whole_step(RelationMatch())
    assert not needs_whole_step(RelationMatch(intra=0))
    assert not needs_whole_step(DecoupledDistill())
