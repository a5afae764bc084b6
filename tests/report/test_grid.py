"""What is printed where: as in the spec, or rows and columns exchanged."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from banc.report.grid import Span, grid
from banc.report.headings import with_headings
from banc.report.render import Format, render
from banc.report.tabulate import tabulate
from banc.report.wording import NETWORK, notes


def test_a_table_is_printed_as_the_spec_has_it(table1: Any) -> None:
    layout, results = table1
    printed = grid(tabulate(layout, results))
    assert printed.corner == NETWORK
    assert printed.columns == tuple(column.label for column in layout.columns)
    assert [line.label for line in printed.lines] == [row.label for row in layout.rows]


def test_transposed_it_holds_the_same_words(table1: Any) -> None:
    layout, results = table1
    table = tabulate(layout, results)
    straight, turned = grid(table), grid(evolve(table, layout=evolve(layout, transpose=True)))
    assert turned.columns == tuple(line.label for line in straight.lines)
    assert [line.label for line in turned.lines] == list(straight.columns)
    for at, line in enumerate(straight.lines):
        assert line.cells == tuple(row.cells[at] for row in turned.lines)
    assert dict(turned.by_column()) == {line.label: line.cells for line in straight.lines}


def test_headings_stand_above_columns_or_above_the_rows_that_columns_became(table1: Any) -> None:
    layout, results = table1
    assert grid(tabulate(layout, results)).spans == ()
    headed = with_headings(layout, {"Born again": ("ban-1", "ban-2", "ban-3")})
    table = tabulate(headed, results)
    spans = (Span("", 2), Span("Born again", 3), Span("", 2))
    straight, turned = grid(table), grid(evolve(table, layout=evolve(headed, transpose=True)))
    assert (straight.spans, straight.sections) == (spans, ())
    assert (turned.spans, turned.sections) == ((), spans)
    assert [(heading, [line.label for line in lines]) for heading, lines in turned.by_section()] == [
        ("", ["Parameters", "Baseline"]),
        ("Born again", ["BAN-1", "BAN-2", "BAN-3"]),
        ("", ["Ens*2", "Ens*3"]),
    ]
    assert list(straight.by_section()) == [("", straight.lines)]


@pytest.mark.parametrize("style", ["terminal", "markdown", "latex", "typst"])
def test_every_format_for_people_is_transposed(table1: Any, style: Format) -> None:
    layout, results = table1
    table = tabulate(layout, results)
    turned = evolve(table, layout=evolve(layout, transpose=True))
    first, second = (render([one], style, width=None, color=False) for one in (table, turned))
    assert first != second
    assert all(row.label in second for row in layout.rows)


@pytest.mark.parametrize("style", ["csv", "json"])
def test_programs_read_the_same(table1: Any, style: Format) -> None:
    layout, results = table1
    table = tabulate(layout, results)
    turned = evolve(table, layout=evolve(layout, transpose=True))
    first, second = (render([one], style, width=None, color=False) for one in (table, turned))
    assert first == second


def test_notes_speak_of_rows_as_they_are_printed(table1: Any) -> None:
    layout, results = table1
    table = tabulate(evolve(layout, bold="row"), results)
    for transpose, line in ((False, "row"), (True, "column")):
        told = " ".join(notes(evolve(table, layout=evolve(table.layout, transpose=transpose)), best="Bold"))
        assert (f"of its {line}" in told) == any(
            cell.best for cell in table.cells.values() if hasattr(cell, "best")
        )
