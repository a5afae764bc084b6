"""Holds the whole way: golden texts, and what is true of every format at any moment of a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from banc.report.collect import Results
from banc.report.render import Format, render
from banc.report.report import report
from banc.report.tabulate import tabulate
from banc.report.wording import shortest
from banc.stage.layout import Layout

Filled = tuple[Layout, Results]
GOLDEN = Path(__file__).parent / "golden"
FORMATS: tuple[Format, ...] = get_args(Format)


@pytest.mark.parametrize(
    ("name", "format", "width"),
    [
        ("quickstart.80.txt", "terminal", 80),
        ("quickstart.md", "markdown", None),
        ("quickstart.tex", "latex", None),
        ("quickstart.csv", "csv", None),
        ("quickstart.json", "json", None),
        ("halfway.80.txt", "terminal", 80),
        ("halfway.md", "markdown", None),
        ("halfway.csv", "csv", None),
        ("table1.80.txt", "terminal", 80),
        ("table1.120.txt", "terminal", 120),
        ("table1.md", "markdown", None),
        ("table1.tex", "latex", None),
        ("table1.csv", "csv", None),
        ("table2.80.txt", "terminal", 80),
        ("table2.120.txt", "terminal", 120),
        ("table2.md", "markdown", None),
        ("table2.tex", "latex", None),
        ("table3.80.txt", "terminal", 80),
        ("table3.md", "markdown", None),
        ("table3.tex", "latex", None),
        ("table1.typ", "typst", None),
        ("table3.csv", "csv", None),
    ],
)
def test_golden(
    request: pytest.FixtureRequest,
    update_golden: bool,
    finish: Callable[[Results], Path],
    name: str,
    format: Format,
    width: int | None,
) -> None:
    layout, results = request.getfixturevalue(name.split(".")[0])
    text = report(finish(results), [layout], format, width=width)
    if update_golden:
        GOLDEN.mkdir(exist_ok=True)
        (GOLDEN / name).write_text(text, encoding="utf-8")
    assert text == (GOLDEN / name).read_text(encoding="utf-8")


@settings(max_examples=40)
@given(data=st.data(), width=st.none() | st.integers(1, 150))
def test_any_moment_of_a_run(table1: Filled, data: st.DataObject, width: int | None) -> None:
    layout, results = table1
    some = {key: results[key] for key in data.draw(st.sets(st.sampled_from(sorted(results))))}
    table = tabulate(layout, some)
    for each in FORMATS:
        text = render([table], each, width=width, color=False)
        assert text.endswith("\n")
        assert not text.endswith("\n\n")
        assert "None" not in text
        assert "nan" not in text


@settings(max_examples=40)
@given(st.data())
def test_every_published_number_stands_in_every_format(table2: Filled, data: st.DataObject) -> None:
    layout, results = table2
    places = [(row.name, column.name) for row in layout.rows for column in layout.columns]
    numbers = st.floats(0.001, 150).map(lambda number: float(f"{number:.4g}"))
    published = data.draw(st.dictionaries(st.sampled_from(places), numbers, max_size=6))
    some = {key: results[key] for key in data.draw(st.sets(st.sampled_from(sorted(results))))}
    table = tabulate(evolve(layout, published=published), some)
    for each in FORMATS:
        text = render([table], each, width=80, color=False)
        for (_, column), number in published.items():
            unit = " M" if column == "parameters" else ""
            shown = {"csv": f",{number},", "json": f'"published": {number},'}
            assert shown.get(each, f"({shortest(number)}{unit})") in text


def test_nothing_finished_nothing_run(tmp_path: Path, table1: Filled) -> None:
    layout, _ = table1
    waiting = report(tmp_path, [layout], "markdown")
    assert waiting.count("| … (") + waiting.count("…: not finished.") > 1
    never = report(tmp_path, [evolve(layout, scores={})], "markdown")
    assert "…" not in never
    assert never.count("/ (") == len(layout.published)


def test_equal_files_give_equal_text(table1: Filled, finish: Callable[[Results], Path]) -> None:
    layout, results = table1
    root = finish(results)
    for each in FORMATS:
        texts = {report(root, [layout], each, width=100, color=True) for _ in range(3)}
        assert len(texts) == 1


def test_relabelling_and_reordering_is_the_layout_s_alone(
    quickstart: Filled, finish: Callable[[Results], Path]
) -> None:
    layout, results = quickstart
    root = finish(results)
    turned = evolve(layout, title="Other", rows=layout.rows[::-1], columns=layout.columns[::-1])
    before = sorted(report(root, [layout], "csv").splitlines())
    assert sorted(report(root, [turned], "csv").splitlines()) == before
    assert "Other" in report(root, [turned], "terminal")
