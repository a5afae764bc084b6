"""The picture of a sweep: which run stands where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from banc.document.document import Document, SweepPanel
from banc.document.html.page import page
from banc.document.pictures.paper import web_files

SPEC = """
banc = 1
title = "Swept"
data = { set = "digits", train = 200 }
seeds = [0, 1, 2]
recipe = { epochs = 40, batch = 50, augment = { pad = 1, flip = false } }
[models]
dense = { family = "densenet-bc", depth = 10, growth = 2 }
wide = { family = "wide-resnet", depth = 10, widening = 1 }
[lineages]
ban = { models = "dense", generations = 2 }
[transfers.soft]
teacher = "dense"
students = "wide"
objective = { kind = "distill", temperature = 4 }
[sweeps.T]
of = "soft"
objective.temperature = [1, 2, 8]
recipe.epochs = [20, 40]
[sweeps.rate]
of = "ban"
recipe.learning_rate = [0.05, 0.2]
[table]
rows = ["dense", "wide"]
columns = ["teacher", "ban-1", "ban-2", "soft", "T", "rate"]
"""


@pytest.fixture(scope="module")
def swept(
    tmp_path_factory: pytest.TempPathFactory, made: Any, finishes_everything: Callable[..., Any]
) -> Document:
    """Everything is finished."""
    workspace = type(made)(tmp_path_factory.mktemp("swept") / "workspace", SPEC)
    finishes_everything(workspace.root, workspace.stages)
    document: Document = workspace.gather()
    return document


def columns(panel: SweepPanel) -> dict[str, list[str | None]]:
    return {line.label: [run and run.name[1] for run in line.runs] for line in panel.lines}


def test_values_of_the_second_field_are_lines(swept: Document) -> None:
    first, _ = swept.reports[0].sweeps
    assert (first.model, first.sweep, first.field, first.values) == (
        "wide",
        "T",
        "temperature",
        ("1", "2", "8"),
    )
    assert columns(first) == {
        "epochs 20": ["T-1-20", "T-2-20", "T-8-20"],
        "epochs 40": ["T-1-40", "T-2-40", "T-8-40"],
    }


def test_generations_of_a_lineage_are_lines(swept: Document) -> None:
    _, second = swept.reports[0].sweeps
    assert (second.model, second.field) == ("dense", "learning rate")
    assert columns(second) == {
        "generation 1": ["rate-0.05-1", "rate-0.2-1"],
        "generation 2": ["rate-0.05-2", "rate-0.2-2"],
    }


def test_they_are_not_in_the_picture_of_generations(swept: Document) -> None:
    names = {one.run.name[1] for panel in swept.reports[0].generations for one in panel.marks}
    assert names == {"teacher", "ban-1", "ban-2"}


def test_nor_in_those_of_curves_and_reliability(swept: Document) -> None:
    report = swept.reports[0]
    lines = [line.label for panel in report.reliability for line in panel.lines]
    curves = [curve.label for panel in report.curves for curve in panel.curves]
    assert {*lines} == {*curves} == {"teacher", "ban-1", "ban-2", "soft"}


def test_each_picture_is_headed_by_its_sweep(swept: Document) -> None:
    text = page(swept)
    assert ">wide, T</text>" in text
    assert ">dense, rate</text>" in text


def test_a_page_and_the_web_have_the_picture(swept: Document) -> None:
    assert "error of wide by temperature: 1, 2, 8" in page(swept)
    assert {name for name, _ in web_files(swept.reports[0])} >= {"t0-sweeps-web.svg"}


def test_without_sweeps_there_is_none(document: Document, html: str) -> None:
    assert document.reports[0].sweeps == ()
    assert ">Sweeps<" not in html
