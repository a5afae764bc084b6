"""Holds that a table fits its terminal and that folding loses and cuts nothing."""

from __future__ import annotations

import re

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from banc.report.collect import Results
from banc.report.formats.terminal import terminal
from banc.report.headings import with_headings
from banc.report.tabulate import tabulate
from banc.report.wording import wording
from banc.stage.layout import Column, Layout, Row

Filled = tuple[Layout, Results]


def shown(filled: Filled, width: int | None, color: bool = False) -> str:
    return terminal(tabulate(*filled), width=width, color=color)


def pieces(filled: Filled) -> list[str]:
    """Every piece of every cell, which must stand uncut somewhere."""
    table = tabulate(*filled)
    return sorted(
        text
        for row in table.layout.rows
        for cell, column in zip(table.row(row.name), table.layout.columns, strict=True)
        for text in wording(cell, column.quantity, table.layout.digits).pieces.values()
    )


def found(text: str) -> list[str]:
    """The pieces in a printed table."""
    body = [line for line in text.split("\n") if not line.startswith(("Test error", "…", "*:", "/:", "▸:"))]
    return sorted(
        re.findall(r"± [\d.]+|\([\d.]+(?: M)?\)|…\d/\d|…|[\d.]+ [Mk]\*?|\d+\.\d+|/", "\n".join(body))
    )


def test_it_fits(table1: Filled, table2: Filled, quickstart: Filled) -> None:
    for filled in (table1, table2, quickstart):
        for width in (30, 40, 60, 80, 100, 120, 200):
            assert max(map(cell_len, shown(filled, width).split("\n"))) <= width


def test_no_number_is_cut_or_lost(table1: Filled, quickstart: Filled) -> None:
    for filled in (table1, quickstart):
        layout = evolve(
            filled[0], title="T", rows=tuple(evolve(row, label=row.name[0]) for row in filled[0].rows)
        )
        columns = tuple(evolve(column, label="c") for column in layout.columns)
        plain = (evolve(layout, columns=columns), filled[1])
        for width in (20, 40, 80, 120, None):
            text = shown(plain, width).replace("▸", "")
            assert found(text) == pieces(plain)


def test_eighty_columns_hold_the_paper_s_tables_side_by_side(
    table1: Filled, table2: Filled, quickstart: Filled
) -> None:
    for filled in (table1, table2, quickstart):
        assert shown(filled, 80).count("Network") == 1


def test_a_narrow_terminal_gets_columns_below_one_another(table1: Filled) -> None:
    text = shown(table1, 40)
    assert text.count("Network") > 1
    for column in table1[0].columns:
        assert text.count(column.label) == 1
    assert text.count("DenseNetBC-") == 4 * text.count("Network")


def test_without_a_width_a_row_is_a_line(table1: Filled) -> None:
    lines = shown(table1, None).split("\n")
    (row,) = [line for line in lines if line.startswith("DenseNetBC-90-60")]
    assert row.startswith("DenseNetBC-90-60   16.24 M  (16.1 M)  17.")
    assert row.endswith(")")


def test_points_align(table2: Filled) -> None:
    lines = [line for line in shown(table2, None).split("\n") if "± " in line and "-" in line.split()[0]]
    positions = {tuple(at for at, letter in enumerate(line) if letter == "±")[-1] for line in lines[-7:]}
    assert len(positions) == 1


def test_styles_are_bold_and_dim_alone(table3: Filled) -> None:
    text = shown(table3, 120, color=True)
    assert set(re.findall(r"\x1b\[([\d;]*)m", text)) == {"0", "1", "2"}
    assert "▸" not in text
    assert "Bold: the lowest error of its row, told apart from all others." in text
    assert re.search(r"\x1b\[1m24\.\d\d\x1b\[0m ± ", text)
    assert "\x1b[2m(24.93)\x1b[0m" in text


def test_styles_change_nothing_else(table1: Filled) -> None:
    styled = re.sub(r"\x1b\[[\d;]*m", "", shown(table1, None, color=True))
    plain = shown(table1, None).replace("▸:", "Bold:").replace("▸", "")
    assert re.split(r"[\s─]+", styled) == re.split(r"[\s─]+", plain)


def test_the_environment_says_nothing(table1: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    before = [shown(table1, 80, color=color) for color in (False, True)]
    for name, value in {"COLUMNS": "33", "NO_COLOR": "1", "FORCE_COLOR": "1", "TERM": "dumb"}.items():
        monkeypatch.setenv(name, value)
    assert [shown(table1, 80, color=color) for color in (False, True)] == before


def test_labels_are_no_markup(quickstart: Filled) -> None:
    layout, results = quickstart
    rows = (Row("densenet", "[bold]DenseNet[/bold] [17] :smile:"), Row("wide-resnet", "\x1b[31mWide"))
    text = shown((evolve(layout, rows=rows, title="[red]T[/red] 10%"), results), None)
    assert "[bold]DenseNet[/bold] [17] :smile:" in text
    assert "[31mWide" in text
    assert "\x1b" not in text
    assert text.startswith("[red]T[/red] 10%\n")


@given(
    label=st.text(max_size=60),
    heading=st.text(max_size=60),
    width=st.none() | st.integers(1, 200),
    color=st.booleans(),
)
def test_any_label_is_shown(
    quickstart: Filled, label: str, heading: str, width: int | None, color: bool
) -> None:
    layout, results = quickstart
    rows = (Row("densenet", label), *layout.rows[1:])
    columns = (*layout.columns[:3], Column("ban-2", heading, "error"))
    text = shown((evolve(layout, title=label, rows=rows, columns=columns), results), width, color)
    assert text.endswith("\n")
    assert text.count("27.4 k") == text.count("78.1 k") == 1


def grouped(filled: Filled) -> Filled:
    layout, results = filled
    groups = {"From the model at its left": ("ban-1", "ban-2", "ban-3"), "Ensembles": ("ens-2", "ens-3")}
    return with_headings(layout, groups), results


def test_headings_stand_above_their_columns(table1: Filled) -> None:
    _, _, above, rule, labels, *_ = shown(grouped(table1), None).splitlines()
    first, second = (match.span() for match in re.finditer("─+", rule))
    for (start, end), heading, inside in (
        (first, "From the model at its left", ["BAN-1", "BAN-2", "BAN-3"]),
        (second, "Ensembles", ["Ens*2", "Ens*3"]),
    ):
        assert above[start:end].strip() == heading
        assert labels[start:end].split() == inside


def test_tables_with_headings_fit_and_keep_every_number(table1: Filled) -> None:
    layout, results = grouped(table1)
    short = evolve(layout, title="T", rows=tuple(evolve(row, label=row.name[0]) for row in layout.rows))
    columns = tuple(evolve(column, label="c") for column in layout.columns)
    for transpose in (False, True):
        plain = (evolve(short, columns=columns, transpose=transpose), results)
        for width in (30, 40, 60, 80, 120, None):
            text = shown(plain, width)
            assert width is None or max(map(cell_len, text.split("\n"))) <= width
            assert found(text) == pieces(plain)


def test_columns_below_one_heading_stay_together(table1: Filled) -> None:
    blocks = shown(grouped(table1), 60).split("\n\n")
    assert any({"BAN-1", "BAN-2", "BAN-3"} <= set(block.split()) for block in blocks)
    assert any({"Ens*2", "Ens*3"} <= set(block.split()) for block in blocks)
    # Where they cannot, each part says what it is below.
    narrow = shown(grouped(table1), 36)
    assert "model at" in narrow
    assert len(re.findall(r"^ *BAN-\d", narrow, re.M)) <= narrow.count("From")


def test_rows_below_a_heading_are_indented(table1: Filled) -> None:
    layout, results = grouped(table1)
    lines = shown((evolve(layout, transpose=True), results), None).splitlines()
    at = lines.index("Ensembles")
    assert lines[at - 1] == ""
    assert [line.split()[0] for line in lines[at + 1 : at + 3]] == ["Ens*2", "Ens*3"]
    assert all(line.startswith("  Ens") for line in lines[at + 1 : at + 3])
