"""Headings above several columns, as the caller of a report asks for them."""

from __future__ import annotations

import pytest
from attrs import evolve

from banc.errors import UsageError
from banc.report.collect import Results
from banc.report.differences import differences
from banc.report.formats.difference_text import difference_text
from banc.report.headings import headings_from, with_headings
from banc.report.tabulate import tabulate
from banc.report.wording import notes
from banc.stage.layout import Layout, SweepAxis, SweepPoint

Filled = tuple[Layout, Results]


def test_groups_as_they_are_written() -> None:
    assert headings_from(["Born again = ban-1, ban-2"]) == {"Born again": ("ban-1", "ban-2")}
    assert headings_from(["a=b=c", "d=e"]) == {"a=b": ("c",), "d": ("e",)}
    assert headings_from(["a=b", "a=c"]) == {"a": ("b", "c")}
    for text in ("ban-1,ban-2", "=ban-1", "x=", "x=a,,b"):
        with pytest.raises(UsageError, match="says no heading and columns"):
            headings_from([text])


def test_they_replace_those_of_the_spec(table1: Filled) -> None:
    layout, _ = table1
    old = evolve(layout, columns=tuple(evolve(column, heading="Old") for column in layout.columns))
    new = with_headings(old, {"Born again": ("ban-2", "ban-1")})
    assert [column.heading for column in new.columns] == ["", "", "Born again", "Born again", "", "", ""]


def test_a_sweep_stands_for_its_columns(table1: Filled) -> None:
    layout, _ = table1
    points = tuple(SweepPoint((value,), (f"ban-{value}",)) for value in "12")
    swept = evolve(layout, sweeps=(SweepAxis("T", ("objective.temperature",), points),))
    new = with_headings(swept, {"Temperature": ("T",)})
    assert [column.name for column in new.columns if column.heading] == ["ban-1", "ban-2"]


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        (("ban-1", "nope"), "the table has no column `nope`"),
        (("ban-1", "ban-3"), "`ban-3` does not stand beside `ban-1`: `ban-2` is between"),
        (("ban-1", "ban-1"), "`ban-1` is listed twice"),
        (("ens-2", "ens-3"), "`ens-2` stands below `Ensembles` already"),
    ],
)
def test_headings_that_cannot_be(table1: Filled, columns: tuple[str, ...], why: str) -> None:
    with pytest.raises(UsageError, match=why) as caught:
        with_headings(table1[0], {"Ensembles": ("ens-2", "ens-3"), "X": columns})
    assert "the columns are parameters, baseline, ban-1" in (caught.value.hint or "")


def test_columns_of_one_label_are_told_apart_by_their_headings(table3: Filled) -> None:
    layout, results = table3
    columns = tuple(
        evolve(column, label="1") if column.name in ("ban-1", "dense") else column
        for column in layout.columns
    )
    alike = with_headings(evolve(layout, columns=columns), {"BAN": ("ban-1",), "Dense": ("dense",)})
    assert [alike.full_label(column) for column in alike.columns] == [
        "Parameters", "Teacher", "BAN: 1", "Dense: 1",
    ]  # fmt: skip
    text = difference_text(differences(tabulate(alike, results), "teacher"), markdown=False)
    assert "BAN: 1" in text and "Dense: 1" in text
    assert "Column Dense: 1: errors of DenseNet-90-60" in " ".join(notes(tabulate(alike, results), best="B"))
    assert layout.full_label(layout.columns[2]) == "BAN"
