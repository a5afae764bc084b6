"""Holds which cells changed, however their addresses did."""

from __future__ import annotations

import json
import re

import pytest
from attrs import evolve

from banc.report.cells import FilledTable
from banc.report.changes import changes
from banc.report.collect import Results
from banc.report.formats.changes_text import changes_json, changes_text
from banc.report.tabulate import tabulate
from banc.stage.kinds import Address
from banc.stage.layout import Layout, Row

Filled = tuple[Layout, Results]


def moved(filled: Filled, place: tuple[str, str], by: float) -> FilledTable:
    """The same table, in which one run is another: other addresses, other errors."""
    layout, results = filled
    other = {address: Address(f"{address}x") for address in layout.scores[place]}
    scores = {**layout.scores, place: tuple(other.values())}
    seeds = {**layout.seed_of, **{new: layout.seed_of[old] for old, new in other.items()}}
    errors = {
        new: evolve(results[old], error=results[old].error + by + 0.01 * (at % 2))
        for at, (old, new) in enumerate(other.items())
    }
    return tabulate(evolve(layout, scores=scores, seed_of=seeds), {**results, **errors})


PLACE = ("Wide-ResNet-28-2", "ban-1")


def test_nothing_changed(table3: Filled) -> None:
    table = tabulate(*table3)
    found = changes(table, table)
    assert (found.changes, found.same) == ((), 4 * 4)
    text = changes_text([found], "main", markdown=False)
    assert text == (
        "Born-again Wide-ResNets: since main\n\nNo number has changed; 16 cells are what they were then.\n"
    )


def test_other_addresses_alone_are_no_change(table3: Filled) -> None:
    now = moved(table3, PLACE, 0.0)
    layout, results = table3
    old, new = layout.scores[PLACE], now.layout.scores[PLACE]
    same = {**now.results, **{address: results[was] for address, was in zip(new, old, strict=True)}}
    assert changes(tabulate(*table3), tabulate(now.layout, same)).changes == ()


def test_a_cell_that_moved(table3: Filled) -> None:
    (change,) = changes(tabulate(*table3), moved(table3, PLACE, -0.5)).changes
    assert (change.place, change.kind) == (PLACE, "changed")
    assert change.difference is not None
    assert change.difference.mean == pytest.approx(-0.495)
    assert (change.difference.n, change.difference.told_apart) == (8, True)


def test_rows_that_came_and_went(table3: Filled) -> None:
    layout, results = table3
    fewer = tabulate(evolve(layout, rows=layout.rows[1:]), results)
    whole = tabulate(layout, results)
    gone, new = changes(whole, fewer), changes(fewer, whole)
    first = layout.rows[0].name
    for found, kind in ((gone, "gone"), (new, "new")):
        assert {(change.place[0], change.kind) for change in found.changes} == {(first, kind)}
        assert all(change.difference is None for change in found.changes)
    assert {change.kind for change in changes(None, whole).changes} == {"new"}


def test_a_label_is_no_number(table3: Filled) -> None:
    layout, results = table3
    renamed = evolve(layout, rows=tuple(Row(row.name, f"{row.label}!") for row in layout.rows))
    assert changes(tabulate(layout, results), tabulate(renamed, results)).changes == ()


def test_markdown_and_json(table3: Filled) -> None:
    found = changes(tabulate(*table3), moved(table3, PLACE, 0.5))
    text = changes_text([found], "main", markdown=True)
    line = r"\| Wide-ResNet-28-2 \| BAN \| 24.36 ± 0.22 \| 24.8[67] ± 0.2\d \| \+0.5[01] \| told apart \|"
    assert re.search(line, text), text
    assert "1 cell has changed; 15 cells are what they were then." in text
    (value,) = json.loads(changes_json([found], "main"))
    assert (value["spec"], value["since"], value["same"]) == ("table3", "main", 15)
    (change,) = value["changes"]
    assert (change["row"], change["column"], change["kind"]) == (*PLACE, "changed")
    assert change["change"]["difference"] == pytest.approx(change["now"]["mean"] - change["before"]["mean"])


def test_a_change_of_seeds_is_said(table3: Filled) -> None:
    layout, results = table3
    before = tabulate(*table3)
    first = layout.scores[PLACE][:2]
    now = tabulate(evolve(layout, scores={**layout.scores, PLACE: first}), results)
    text = changes_text([changes(before, now)], "main", markdown=False)
    assert "+0.00" in text
    assert text.endswith("Where seeds were added or dropped, the change is that of the seeds in both.\n")
    moved_alone = changes_text([changes(before, moved(table3, PLACE, -0.5))], "main", markdown=False)
    assert "were added" not in moved_alone
