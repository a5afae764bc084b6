"""Holds what is compared with a column or a published number, and how it is told."""

from __future__ import annotations

import csv
import io
import json
import math
import re

import pytest
from attrs import evolve

from banc.errors import UsageError
from banc.report.collect import Results
from banc.report.differences import PUBLISHED, differences
from banc.report.formats.difference_text import difference_csv, difference_json, difference_text
from banc.report.tabulate import tabulate
from banc.stage.layout import Layout

Filled = tuple[Layout, Results]


def test_every_cell_is_compared_with_the_column_in_its_row(table3: Filled) -> None:
    table = tabulate(*table3)
    found = differences(table, "teacher").comparisons
    assert [it.first for it in found] == [
        (row.name, column) for row in table.layout.rows for column in ("ban-1", "dense")
    ]
    for it in found:
        assert it.second == (it.first[0], "teacher")
        one, two = (table.cells[place] for place in (it.first, it.second))
        assert it.difference.mean == pytest.approx(one.mean - two.mean)  # type: ignore[union-attr]
        assert it.difference.adjusted == pytest.approx(
            min(1, max(it.difference.adjusted or 0, it.difference.p or 0))
        )


def test_cells_that_are_not_finished_are_left_out(halfway: Filled) -> None:
    table = tabulate(*halfway)
    for it in differences(table, "baseline").comparisons:
        for place in (it.first, it.second):
            assert table.cells[place].complete  # type: ignore[union-attr]


def test_to_published_numbers_the_standard_error_is_ours(table3: Filled) -> None:
    table = tabulate(*table3)
    found = differences(table, PUBLISHED).comparisons
    assert len(found) == 4 * 3
    for it in found:
        cell = table.cells[it.first]
        assert it.difference.mean == pytest.approx(cell.mean - cell.published)  # type: ignore[union-attr]
        assert it.difference.error == pytest.approx(cell.spread / math.sqrt(8))  # type: ignore[union-attr]
        assert (it.difference.p, it.difference.low) == (None, None)


@pytest.mark.parametrize("to", ["nope", "parameters"])
def test_what_is_no_column_of_errors_is_told(table3: Filled, to: str) -> None:
    with pytest.raises(UsageError, match=f"`{to}`") as caught:
        differences(tabulate(*table3), to)
    assert caught.value.hint == "expected one of teacher, ban-1, dense, published"


def test_text_for_a_terminal(table3: Filled) -> None:
    text = difference_text(differences(tabulate(*table3), "teacher"), markdown=False)
    head, _, names, _, *lines = text.splitlines()
    assert head == "Born-again Wide-ResNets: differences to `Teacher`"
    assert names.split("  ")[0] == "Network"
    first = ["Wide-ResNet-28-1", "BAN", "-0.71", "-0.91 to -0.50", "8", "< 0.001", "< 0.001", "told apart"]
    assert re.split(r"  +", lines[0]) == first
    assert "Interval and p: Student's paired test. After Holm: corrected over these 8 differences;" in text


def test_what_is_nearly_zero_has_no_sign_of_less(table3: Filled) -> None:
    layout, results = table3
    same = {
        key: evolve(one, error=results[key.replace("ban-1", "teacher")].error)  # type: ignore[index]
        for key, one in results.items()
        if "-ban-1-" in key
    }
    text = difference_text(differences(tabulate(layout, {**results, **same}), "teacher"), markdown=False)
    assert "-0.00" not in text
    assert "inside the noise" in text


def test_few_seeds(quickstart: Filled) -> None:
    text = difference_text(differences(tabulate(*quickstart), "teacher"), markdown=True)
    assert "n too small: it takes 6 seeds" in text
    assert "told apart" not in text


def test_published_seeds_are_said_to_be_unknown(table3: Filled) -> None:
    text = difference_text(differences(tabulate(*table3), PUBLISHED), markdown=False)
    assert "How many seeds a published number is of, and how they vary, is not known" in text


def test_for_programs_in_full_precision(table3: Filled) -> None:
    several = [differences(tabulate(*table3), "teacher")]
    lines = list(csv.DictReader(io.StringIO(difference_csv(several))))
    records = json.loads(difference_json(several))
    assert len(lines) == len(records) == 8
    for line, record in zip(lines, records, strict=True):
        assert {key: "" if value is None else str(value) for key, value in record.items()} == line
    assert records[0]["spec"] == "table3"
    assert (records[0]["row"], records[0]["column"], records[0]["to"]) == (
        "Wide-ResNet-28-1", "ban-1", "teacher",
    )  # fmt: skip
    nothing = evolve(table3[0], scores={})
    assert difference_csv([differences(tabulate(nothing, {}), "teacher")]) == "spec,row,column,to\n"
