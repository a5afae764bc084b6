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
from banc.report.differences import PUBLISHED, differences, error_at_most
from banc.report.formats.difference_text import difference_csv, difference_json, difference_text
from banc.report.formats.markdown import markdown
from banc.report.tabulate import tabulate
from banc.stage.layout import Layout

Filled = tuple[Layout, Results]


def test_every_cell_is_compared_with_the_column_in_its_row(table3: Filled) -> None:
    table = tabulate(*table3)
    found = differences(table, "teacher").comparisons
    assert [comparison.first for comparison in found] == [
        (row.name, column) for row in table.layout.rows for column in ("ban-1", "dense")
    ]
    for comparison in found:
        assert comparison.second == (comparison.first[0], "teacher")
        one, two = (table.cells[place] for place in (comparison.first, comparison.second))
        assert comparison.difference.mean == pytest.approx(one.mean - two.mean)  # type: ignore[union-attr]
        assert comparison.difference.adjusted == pytest.approx(
            min(1, max(comparison.difference.adjusted or 0, comparison.difference.p or 0))
        )


def test_cells_that_are_not_finished_are_left_out(halfway: Filled) -> None:
    table = tabulate(*halfway)
    for comparison in differences(table, "baseline").comparisons:
        for place in (comparison.first, comparison.second):
            assert table.cells[place].complete  # type: ignore[union-attr]


def test_to_published_numbers_the_standard_error_is_ours(table3: Filled) -> None:
    table = tabulate(*table3)
    found = differences(table, PUBLISHED).comparisons
    assert len(found) == 4 * 3
    for comparison in found:
        cell = table.cells[comparison.first]
        assert comparison.difference.mean == pytest.approx(cell.mean - cell.published)  # type: ignore[union-attr]
        assert comparison.difference.error == pytest.approx(cell.spread / math.sqrt(8))  # type: ignore[union-attr]
        assert (comparison.difference.p, comparison.difference.low) == (None, None)


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


@pytest.mark.parametrize("markdown", [False, True])
def test_a_table_without_differences_says_why(quickstart: Filled, markdown: bool) -> None:
    layout, _ = quickstart
    for to, reason in ((PUBLISHED, "no published numbers"), ("teacher", "in no row are that column and")):
        text = difference_text(differences(tabulate(layout, {}), to), markdown=markdown)
        assert reason in text
        assert "Difference" not in text.partition("\n")[2]


def test_rows_that_are_pairs_are_called_so(table3: Filled) -> None:
    layout, results = table3
    pair = ("Wide-ResNet-28-10", "teacher")
    some = evolve(layout, pairs={layout.rows[0].name: pair})
    every = evolve(layout, pairs={row.name: pair for row in layout.rows})
    for made, heading in ((layout, "Network"), (some, "Network"), (every, "Pair")):
        text = difference_text(differences(tabulate(made, results), "teacher"), markdown=False)
        assert text.splitlines()[2].split()[0] == heading
        assert markdown(tabulate(made, results)).splitlines()[2].split()[1] == heading


def test_published_seeds_are_said_to_be_unknown(table3: Filled) -> None:
    text = difference_text(differences(tabulate(*table3), PUBLISHED), markdown=False)
    assert "How many seeds a published number is of, and how they vary, is not known" in text


def deviating(filled: Filled) -> Filled:
    layout, results = filled
    return evolve(layout, deviations={("Wide-ResNet-28-1", "ban-1"): 0.24}), results


def test_a_published_deviation_bounds_the_standard_error(table3: Filled) -> None:
    table = tabulate(*deviating(table3))
    (comparison,) = (
        comparison
        for comparison in differences(table, PUBLISHED).comparisons
        if comparison.first == ("Wide-ResNet-28-1", "ban-1")
    )
    ours = table.cells[comparison.first].spread / math.sqrt(8)  # type: ignore[union-attr]
    most = error_at_most(comparison.difference, 0.24)
    assert most == pytest.approx(math.sqrt(ours**2 + 0.24**2))
    # However many seeds theirs is of, the standard error of the difference lies in between.
    assert comparison.difference.error is not None and most is not None
    for seeds in range(1, 100):
        assert comparison.difference.error < math.sqrt(ours**2 + 0.24**2 / seeds) <= most * (1 + 1e-12)
    assert error_at_most(comparison.difference, None) is None
    assert error_at_most(evolve(comparison.difference, error=None), 0.24) is None


def test_published_deviations_are_printed_beside_ours(table3: Filled) -> None:
    found = differences(tabulate(*deviating(table3)), PUBLISHED)
    lines = [re.split(r"  +", line) for line in difference_text(found, markdown=False).splitlines()]
    assert lines[2][-3:] == ["Published", "± there", "with both, at most"]
    (with_it,) = (line for line in lines if line[:2] == ["Wide-ResNet-28-1", "BAN"])
    assert with_it[4:7] == ["8", "29.43", "± 0.24"]
    (most,) = (
        error_at_most(comparison.difference, 0.24)
        for comparison in found.comparisons
        if comparison.first[1] == "ban-1" and comparison.first[0] == "Wide-ResNet-28-1"
    )
    assert with_it[7] == f"{most:.2f}"
    (without,) = (line for line in lines if line[:2] == ["Wide-ResNet-28-2", "BAN"])
    assert without[4:] == ["8", "24.38"]
    told = difference_text(found, markdown=True)
    assert "How many seeds a published number is of is not known" in told
    assert "| Published | ± there | with both, at most |" in told
    by_place = {(load["row"], load["column"]): load for load in json.loads(difference_json([found]))}
    assert by_place["Wide-ResNet-28-1", "ban-1"]["published_deviation"] == 0.24
    assert by_place["Wide-ResNet-28-1", "ban-1"]["standard_error_at_most"] == pytest.approx(most)
    assert by_place["Wide-ResNet-28-2", "ban-1"]["standard_error_at_most"] is None
    assert "Published" not in difference_text(differences(tabulate(*table3), PUBLISHED), markdown=False)


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
