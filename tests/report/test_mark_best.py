"""Holds which cells are set in bold: the best, and all that cannot be told apart from it, and no others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from attrs import evolve

from banc.report.cells import FilledTable, MeasuredCell
from banc.report.collect import Results
from banc.report.differences import differences
from banc.report.formats.difference_text import difference_text
from banc.report.tabulate import tabulate
from banc.runner.quality import quality
from banc.stage.details import Details
from banc.stage.kinds import Address
from banc.stage.layout import Bold, Column, Layout, Row
from banc.stage.metrics import Metrics

Filled = tuple[Layout, Results]
Seeds = tuple[float | None, ...]


def around(mean: float, seeds: int = 6, spread: float = 0.1) -> Seeds:
    """Values that vary a little, not all alike."""
    return tuple(mean + spread * (-1) ** at * (1 + at % 3) for at in range(seeds))


def table(bold: Bold, rows: dict[str, dict[str, Seeds]]) -> Filled:
    """A layout and its results from errors by row and column; None is a seed that is not finished."""
    names = list(dict.fromkeys(column for cells in rows.values() for column in cells))
    scores: dict[tuple[str, str], tuple[Address, ...]] = {}
    results: dict[Address, Metrics] = {}
    seeds: dict[Address, int] = {}
    for row, cells in rows.items():
        for column, errors in cells.items():
            addresses = [Address(f"score-{row}-{column}-s{seed}") for seed in range(len(errors))]
            scores[row, column] = tuple(addresses)
            seeds |= {address: seed for seed, address in enumerate(addresses)}
            for address, error in zip(addresses, errors, strict=True):
                if error is not None:
                    results[address] = Metrics(error, 0.5, 100, 1, 1000)
    columns = tuple(Column(name, name, "error") for name in names)
    layout = Layout(
        "t", "T", tuple(Row(row, row) for row in rows), columns, scores, {}, 2, bold=bold, seed_of=seeds
    )
    return layout, results


def marks(filled: FilledTable) -> dict[tuple[str, str], str]:
    """``best`` of the lowest, ``tied`` of what cannot be told apart from it; nothing else."""
    return {
        place: "tied" if cell.tied else "best"
        for place, cell in filled.cells.items()
        if isinstance(cell, MeasuredCell) and cell.best
    }


ROWS = {
    "a": {"x": around(6), "y": around(5), "z": around(8)},
    "b": {"x": around(4), "y": around(6), "z": around(3)},
}


def test_the_best_of_a_row() -> None:
    assert marks(tabulate(*table("row", ROWS))) == {("a", "y"): "best", ("b", "z"): "best"}


def test_the_best_of_a_column() -> None:
    expected = {("b", "x"): "best", ("a", "y"): "best", ("b", "z"): "best"}
    assert marks(tabulate(*table("column", ROWS))) == expected


def test_no_best() -> None:
    found = tabulate(*table("none", ROWS))
    assert (marks(found), found.comparisons, found.few_seeds) == ({}, (), frozenset())


def test_what_cannot_be_told_apart_from_the_best_is_bold_too() -> None:
    noisy = tuple(5.05 + 0.2 * (-1) ** (at // 2) for at in range(6))
    rows = {"a": {"x": around(5), "y": noisy, "z": around(8)}}
    assert marks(tabulate(*table("row", rows))) == {("a", "x"): "best", ("a", "y"): "tied"}


def test_a_difference_that_is_the_same_in_each_seed_is_one() -> None:
    """Pairs tell what two unpaired means, each with its spread, would not."""
    first = (4.0, 5.0, 6.0, 7.0, 8.0, 9.0)
    second = tuple(error + 0.1 + 0.01 * (at % 2) for at, error in enumerate(first))
    assert marks(tabulate(*table("row", {"a": {"x": first, "y": second}}))) == {("a", "x"): "best"}


@pytest.mark.parametrize("seeds", [1, 2, 5])
def test_few_seeds_set_nothing_in_bold(seeds: int) -> None:
    rows = {"a": {"x": around(5, seeds), "y": around(9, seeds)}}
    found = tabulate(*table("row", rows))
    assert (marks(found), found.comparisons, found.few_seeds) == ({}, (), {seeds})


def test_a_cell_of_few_seeds_is_not_compared_with_others() -> None:
    rows = {"a": {"x": around(5), "y": around(9), "pooled": (1.0,)}}
    found = tabulate(*table("row", rows))
    assert marks(found) == {("a", "x"): "best"}
    assert (len(found.comparisons), found.few_seeds) == (1, {1})


def test_every_pair_of_a_table_counts_in_the_correction() -> None:
    found = tabulate(*table("row", ROWS))
    assert len(found.comparisons) == 2 * 3
    for comparison in found.comparisons:
        assert comparison.difference.p is not None
        assert comparison.difference.adjusted is not None
        assert comparison.difference.adjusted >= comparison.difference.p


def test_what_is_claimed_is_claimed_after_the_correction() -> None:
    """Each of these differences alone would be told apart, with p a little below 5 %."""
    others = {name: tuple(5.0 + apart for apart in (0.9, -0.1, 0.7, 0.4, 0.5, 0.2)) for name in "yz"}
    found = tabulate(*table("row", {"a": {"x": (5.0,) * 6, **others}}))
    alone = [comparison.difference for comparison in found.comparisons if comparison.difference.mean]
    assert [difference.told_apart for difference in alone] == [False, False]
    assert all(0.01 < (difference.p or 0) < 0.05 for difference in alone)
    assert marks(found) == {("a", "x"): "best", ("a", "y"): "tied", ("a", "z"): "tied"}


def test_only_complete_cells_are_compared() -> None:
    rows = {"a": {"x": (*around(1, 6), None), "y": around(6, 7), "z": around(7, 7)}}
    assert marks(tabulate(*table("row", rows))) == {("a", "y"): "best"}


def test_a_cell_without_a_rival_is_not_best() -> None:
    found = tabulate(*table("row", {"a": {"x": (*around(1, 6), None), "y": around(6, 7)}}))
    assert (marks(found), found.few_seeds) == ({}, frozenset())


def test_parameters_are_no_error() -> None:
    layout, results = table("row", ROWS)
    columns = (Column("x", "x", "parameters"), *layout.columns[1:])
    found = tabulate(evolve(layout, columns=columns), results)
    assert marks(found) == {("a", "y"): "best", ("b", "z"): "best"}


def test_a_run_of_another_network_is_compared_with_its_row(table3: Filled) -> None:
    layout, results = table3
    assert marks(tabulate(layout, results)) == {(row.name, "dense"): "best" for row in layout.rows}


def image_by_image(seeds: int, images: int = 200) -> tuple[Filled, dict[Address, Details]]:
    """Two ways that err on other images: ``x`` on 20, ``y`` on 30 of 200, and in each seed on a few more."""
    generator = np.random.default_rng(0)
    log_probs = np.log(np.full((images, 2), 0.5))
    rows: dict[str, dict[str, Any]] = {"a": {"x": [], "y": []}}
    outcomes = {}
    for column, wrong in (("x", 20), ("y", 30)):
        for seed in range(seeds):
            row = (np.arange(images) < wrong) | (generator.random(images) < 0.02)
            outcomes[Address(f"score-a-{column}-s{seed}")] = row.astype(np.uint8)
            rows["a"][column].append(100 * row.mean())
    labels = np.zeros(images, int)
    known = quality(log_probs, [log_probs], labels)
    filled = table("row", {"a": {column: tuple(cell) for column, cell in rows["a"].items()}})
    return filled, {address: Details(known, outcome) for address, outcome in outcomes.items()}


def test_errors_are_compared_image_by_image() -> None:
    filled, details = image_by_image(6)
    (with_images,) = tabulate(*filled, details).comparisons
    (without,) = tabulate(*filled).comparisons
    one, other = with_images.difference, without.difference
    assert (one.images, other.images) == (200, None)
    assert one.mean == pytest.approx(other.mean)
    # Other images would have been another test: what ten images of two hundred make is not certain.
    assert one.error is not None
    assert other.error is not None
    assert one.error > 2 * other.error
    assert one.low is not None
    assert one.high is not None
    assert (one.low + one.high) / 2 == pytest.approx(one.mean, abs=0.2 * one.error)


def test_of_one_seed_two_networks_are_compared() -> None:
    (layout, results), details = image_by_image(1)
    (found,) = differences(tabulate(layout, results, details), "y").comparisons
    one, two = (results[Address(f"score-a-{column}-s0")].error for column in "xy")
    assert found.difference.mean == pytest.approx(one - two)
    assert found.difference.adjusted is None


def test_what_has_no_seed_in_common_is_not_compared() -> None:
    """As an ensemble across seeds, which is of none, beside a network of each seed."""
    layout, results = table("row", {"a": {"x": around(5), "y": (4.0,)}})
    seeds = {score: seed for score, seed in layout.seed_of.items() if "-y-" not in score}
    found = differences(tabulate(evolve(layout, seed_of=seeds), results), "y").comparisons
    assert found == ()


def test_where_the_images_of_one_seed_are_not_known_seeds_alone_speak() -> None:
    filled, details = image_by_image(6)
    details.pop(next(iter(details)))
    (found,) = tabulate(*filled, details).comparisons
    assert found.difference.images is None


def test_on_validation_images_the_differences_say_so() -> None:
    (layout, results), details = image_by_image(6)
    on = evolve(layout, on="validation")
    text = difference_text(differences(tabulate(on, results, details), "y"), markdown=False)
    assert "paired by seed and validation image." in text
    assert "a two-way bootstrap over seeds and validation images." in text
