"""Objectives by name."""

from __future__ import annotations

from typing import get_args

import pytest

from banc.config.converter import new_converter
from banc.config.objective import OBJECTIVES, Distill, Labels, Objective, needs_teacher


def test_the_papers_objectives() -> None:
    assert OBJECTIVES["labels"] == Labels()
    assert OBJECTIVES["ban"] == Distill(temperature=1.0, labels=0.0, teacher=1.0)
    assert OBJECTIVES["ban-l"] == Distill(temperature=1.0, labels=1.0, teacher=1.0)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_an_objective_of_a_paper_is_called_so(name: str) -> None:
    assert OBJECTIVES[name].slug == name
    assert needs_teacher(OBJECTIVES[name]) == (name != "labels")


def test_others_are_called_after_their_kind() -> None:
    assert Distill(temperature=4.0, labels=0.1, teacher=0.9).slug == "distill"
    assert Distill().slug == "ban-l", "its defaults are equation 2"


def test_every_kind_has_a_name_or_takes_numbers() -> None:
    assert {type(objective) for objective in OBJECTIVES.values()} == set(get_args(Objective))


@pytest.mark.parametrize("name", OBJECTIVES)
def test_types_are_those_that_a_spec_would_say(name: str) -> None:
    converter = new_converter()
    again = converter.structure(converter.unstructure(OBJECTIVES[name], Objective), Objective)
    assert repr(again) == repr(OBJECTIVES[name])
