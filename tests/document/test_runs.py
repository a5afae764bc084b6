from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from banc.document.document import Document, Run
from banc.document.html.anchors import anchors_of
from banc.document.html.page import page
from banc.document.html.table import table_html
from banc.document.interval import interval
from banc.document.pictures.svg import page_svg


def by_name(document: Document) -> dict[str, Run]:
    return {"/".join(run.name): run for run in document.reports[0].runs}


def test_every_run_with_teachers_and_generation(document: Document) -> None:
    told = {
        name: (run.kind, run.generation, run.teachers, run.members) for name, run in by_name(document).items()
    }
    assert told == {
        "dense/teacher": ("trained", 0, (), ()),
        "dense/ban-1": ("trained", 1, (("dense", "teacher"),), ()),
        "dense/cwtm-1": ("trained", 1, (("dense", "teacher"),), ()),
        "dense/ban-2": ("trained", 2, (("dense", "ban-1"),), ()),
        "dense/ens": ("ensemble", 1, (), (("dense", "ban-1"), ("dense", "teacher"))),
        "wide/teacher": ("trained", 0, (), ()),
        "wide/transfer": ("trained", 1, (("dense", "teacher"),), ()),
    }


def test_labels_errors_and_published_numbers(document: Document) -> None:
    run = by_name(document)["dense/ban-1"]
    assert (run.network, run.label, run.objective) == ('A "dense" <b>net</b>', "ban-1", "ban-l")
    assert [each.seed for each in run.errors] == [0, 1, 2]
    assert (run.of, run.state, run.published) == (3, "finished", 5.25)
    results = document.reports[0].table.results
    assert [each.error for each in run.errors] == [results[score].error for score in run.scores.values()]


def test_a_baseline_is_a_teacher_by_another_name(
    new_workspace: Callable[..., Any], finishes: Callable[..., None], spec_text: str
) -> None:
    text = spec_text.replace('"parameters", "teacher"', '"parameters", "baseline"')
    text = text.replace("teacher = 5.5", "baseline = 5.5").replace(
        "[table.labels]", '[table.labels]\nbaseline = "Alone"'
    )
    made = new_workspace(text)
    finishes(made.root, made.stages)
    document = made.gather()
    run = by_name(document)["dense/teacher"]
    assert (run.label, run.published) == ("Alone", 5.5)
    linked = table_html(document.reports[0], anchors_of(0, document.reports[0].runs))
    assert linked.count("<a href=") == 7


def test_a_column_of_another_quantity_leads_to_its_run_and_is_no_published_error(
    new_workspace: Callable[..., Any], finishes: Callable[..., None], spec_text: str
) -> None:
    text = spec_text.replace('"parameters", "teacher"', '"parameters", "teacher", "sure"')
    text = text.replace(
        "[table.labels]", '[table.quantities]\nsure = { of = "ban-1", show = "brier" }\n[table.labels]'
    )
    text = text.replace("ban-1 = 5.25", "sure = 0.125")
    made = new_workspace(text)
    finishes(made.root, made.stages)
    report = made.gather().reports[0]
    assert [pair.label for pair in report.published] == ['A "dense" <b>net</b>, teacher']
    assert by_name(made.gather())["dense/ban-1"].published is None
    linked = table_html(report, anchors_of(0, report.runs))
    assert 'title="seed 0: 0.1000; seed 1: 0.1000; seed 2: 0.1000"' in linked
    assert linked.count("<a href=") == 8


def test_accuracies_and_exchanged_rows_are_those_of_the_spec(
    new_workspace: Callable[..., Any], finishes: Callable[..., None], spec_text: str
) -> None:
    text = spec_text.replace("[table]\n", '[table]\nshow = "accuracy"\ntranspose = true\n')
    text = text.replace("teacher = 5.5", "teacher = 94.5").replace("ban-1 = 5.25", "ban-1 = 94.75")
    made = new_workspace(text)
    finishes(made.root, made.stages)
    report = made.gather().reports[0]
    assert [pair.published for pair in report.published] == [5.5, 5.25]
    runs = by_name(made.gather())
    assert runs["dense/ban-1"].published == 5.25
    assert report.published[0].ours.mean == pytest.approx(
        sum(each.error for each in runs["dense/teacher"].errors) / 3
    )
    shown = table_html(report, anchors_of(0, report.runs))
    assert re.findall(r'<th scope="row">(.*?)</th>', shown)[1:4] == ["teacher", "ban-1", "ban-2"]


def test_what_is_not_finished(new_workspace: Callable[..., Any], finishes: Callable[..., None]) -> None:
    made = new_workspace()
    finishes(made.root, made.stages, lambda address: "-s0-" in address)
    document = made.gather()
    runs = by_name(document)
    assert [each.seed for each in runs["dense/teacher"].errors] == [0]
    assert runs["dense/teacher"].state == "waiting"
    progress = document.reports[0].progress
    assert (progress.numbers, progress.scores) == (2, 21)
    assert not document.finished


def test_a_failed_training_is_told_with_its_reason(
    new_workspace: Callable[..., Any], finishes: Callable[..., None]
) -> None:
    from banc.stage.heartbeat import FAILURES, Failure, beat_text

    made = new_workspace()
    address = next(stage for stage in made.stages if stage.startswith("train-") and "labels-s1-" in stage)
    folder = made.root / FAILURES
    folder.mkdir(parents=True)
    (folder / f"{address}.json").write_text(beat_text(Failure("the loss is not finite", 1e9, 1)))
    document = made.gather()
    failed = [run for run in document.reports[0].runs if run.state == "failed"]
    assert [run.detail for run in failed] == ["the loss is not finite"]
    assert document.reports[0].progress.failed == 1


def test_an_interval_needs_three_seeds() -> None:
    assert interval([1.0, 3.0]).half is None
    three = interval([1.0, 2.0, 3.0])
    # Student's t with two degrees of freedom, from a table: 4.303.
    assert three.half is not None
    assert abs(three.half - 4.303 / 3**0.5) < 1e-3
    assert (three.mean, three.n) == (2.0, 3)


def test_a_published_deviation_is_drawn_beside_its_number(
    new_workspace: Callable[..., Any], finishes: Callable[..., None], spec_text: str
) -> None:
    made = new_workspace(spec_text + "[table.deviations.dense]\nban-1 = 0.5\n")
    finishes(made.root, made.stages)
    document = made.gather()
    (report,) = document.reports
    assert [pair.deviation for pair in report.published] == [None, 0.5]
    without = tuple(evolve(pair, deviation=None) for pair in report.published)
    assert page_svg(report.published, "P", "p-") != page_svg(without, "P", "p-")
    assert "what its ± stands for, is not known here" in page(document)
