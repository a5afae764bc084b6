"""Holds what cells say, letter by letter, and that only marks that occur are explained."""

from __future__ import annotations

import pytest
from attrs import evolve

from banc.report.cells import Cell, Counted, MeasuredCell, NotRun, Unfinished
from banc.report.collect import Results
from banc.report.tabulate import tabulate
from banc.report.wording import count, notes, shortest, wording
from banc.stage.layout import Column, Layout, Quantity, Spread

Filled = tuple[Layout, Results]


@pytest.mark.parametrize(
    ("cell", "quantity", "text"),
    [
        (MeasuredCell((17.0, 18.0)), "error", "17.50 ± 0.71"),
        (MeasuredCell((17.0, 18.0), published=17.3), "error", "17.50 ± 0.71 (17.3)"),
        (MeasuredCell((17.0, 18.0, None)), "error", "17.50 ± 0.71 …2/3"),
        (MeasuredCell((17.0, None), published=16.44), "error", "17.00 …1/2 (16.44)"),
        (MeasuredCell((17.0,)), "error", "17.00"),
        (MeasuredCell((0.0, 0.0)), "error", "0.00 ± 0.00"),
        (Counted(16_240_000), "parameters", "16.24 M"),
        (Counted(16_240_000, 16.1), "parameters", "16.24 M (16.1 M)"),
        (Counted(7_490_000, 6.3), "parameters", "7.49 M* (6.3 M)"),
        (Counted(27_402, 0.03), "parameters", "27.4 k* (0.03 M)"),
        (Unfinished(3), "error", "…"),
        (Unfinished(3, 16.59), "error", "… (16.59)"),
        (NotRun(), "error", "/"),
        (NotRun(22.71), "error", "/ (22.71)"),
        (NotRun(10.2), "parameters", "/ (10.2 M)"),
        (MeasuredCell((17.0, 18.0), published=17.3, deviation=0.25), "error", "17.50 ± 0.71 (17.3 ± 0.25)"),
        (Unfinished(3, 16.59, deviation=0.3), "error", "… (16.59 ± 0.3)"),
        (NotRun(22.71, 0.4), "error", "/ (22.71 ± 0.4)"),
    ],
)
def test_a_cell_in_words(cell: Cell, quantity: Quantity, text: str) -> None:
    assert " ".join(wording(cell, quantity, 2).pieces.values()) == text


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        (7, "7"), (999, "999"), (1000, "1.0 k"), (27_449, "27.4 k"), (999_949, "999.9 k"),
        (999_950, "1.00 M"), (7_494_000, "7.49 M"), (99_990_000, "99.99 M"), (99_996_000, "100.0 M"),
        (145_900_000, "145.9 M"), (1_234_000_000, "1234.0 M"),
    ],
)  # fmt: skip
def test_a_count_stays_readable(parameters: int, text: str) -> None:
    assert count(parameters) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(16.3, "16.3"), (36.0, "36"), (100.0, "100"), (0.03, "0.03"), (0.00001, "0.00001"), (0.0, "0")],
)
def test_a_published_number_gains_no_digit(number: float, text: str) -> None:
    assert shortest(number) == text


def test_notes_of_a_finished_table(quickstart: Filled) -> None:
    assert notes(tabulate(*quickstart), best="Bold") == (
        "Test error in percent, mean ± sample standard deviation over 2 seeds.",
        "n too small: with 2 seeds no difference can be told from chance, it takes 6; nothing is bold.",
        "/: not run.",
    )


def test_notes_of_a_paper_s_table_halfway(table1: Filled) -> None:
    layout, results = table1
    some = {key: one for key, one in results.items() if "ens-3" not in key and "ban-1-s0" not in key}
    assert notes(tabulate(layout, some), best="▸") == (
        "Test error in percent, mean ± sample standard deviation over 3 seeds.",
        "n too small: with 3 seeds no difference can be told from chance, it takes 6; nothing is bold.",
        "In parentheses: the published number.",
        "*: more than 1 % away from the published number of parameters.",
        "…: not finished, 4 of 23 cells.",
        "…2/3: so far 2 of 3 seeds, not compared.",
        "/: not run.",
    )


def test_notes_before_anything_ran(quickstart: Filled) -> None:
    layout, _ = quickstart
    assert notes(tabulate(layout, {}), best="Bold") == (
        "Test error in percent, mean ± sample standard deviation over 2 seeds.",
        "…: not finished, 7 of 7 cells.",
        "Parameters of a network whose code is not banc's are known once it is trained.",
        "/: not run.",
    )


def test_notes_name_the_network_that_is_not_the_rows(table3: Filled) -> None:
    layout, results = table3
    assert notes(tabulate(layout, results), best="Bold")[-1] == (
        "Column Dense-90-60: errors of DenseNet-90-60, not of the row's network."
    )
    rows = [row.name for row in layout.rows]
    some = {(row, "dense"): ("Wide-ResNet-28-1", f"from-{row}") for row in rows[:3]}
    labelled = evolve(layout, rows=(evolve(layout.rows[0], label="the\nfirst"), *layout.rows[1:]))
    assert notes(tabulate(evolve(labelled, other_runs=some), results), best="Bold")[-1] == (
        "Column Dense-90-60 of Wide-ResNet-28-2 and Wide-ResNet-28-5: errors of the first, not of the row's "
        "network."
    ), "a row's own run under another name is no other network"
    none = {place: found for place, found in layout.scores.items() if place[1] != "dense"}
    assert "DenseNet-90-60" not in " ".join(
        notes(tabulate(evolve(layout, scores=none), results), best="Bold")
    )


def test_one_seed_needs_no_deviation(quickstart: Filled) -> None:
    layout, results = quickstart
    one = evolve(layout, seeds=1, scores={place: found[:1] for place, found in layout.scores.items()})
    assert notes(tabulate(one, results), best="Bold")[0] == "Test error in percent, one seed."
    held_out = evolve(one, on="validation")
    assert notes(tabulate(held_out, results), best="Bold")[0] == "Validation error in percent, one seed."


def test_an_ensemble_over_seeds_is_one_score(quickstart: Filled) -> None:
    layout, results = quickstart
    place = ("densenet", "ens-3")
    fewer = evolve(layout, scores={**layout.scores, place: layout.scores[place][:1]})
    assert notes(tabulate(fewer, results), best="Bold")[0].endswith("over 1 to 2 seeds.")


def test_a_table_of_parameters_says_nothing_of_errors(quickstart: Filled) -> None:
    layout, results = quickstart
    only = evolve(layout, columns=(Column("parameters", "parameters", "parameters"),))
    assert notes(tabulate(only, results), best="Bold") == ()


def test_only_the_parameters_are_unknown(quickstart: Filled) -> None:
    layout, _ = quickstart
    only = evolve(layout, columns=(Column("parameters", "parameters", "parameters"),))
    assert notes(tabulate(only, {}), best="Bold") == (
        "…: parameters of a network whose code is not banc's are known once it is trained.",
    )
    known = evolve(only, parameters={row.name: 812 for row in layout.rows})
    assert notes(tabulate(known, {}), best="Bold") == ()


def test_notes_of_differences(table3: Filled) -> None:
    layout, results = table3
    assert notes(tabulate(layout, results), best="Bold")[1:4] == (
        "Bold: the lowest error of its row, told apart from all others.",
        "Compared in pairs over 8 seeds (Student's t; Holm's correction over 12 differences, 5 %).",
        "The smallest difference that this table could have seen with 80 % power: 0.32 to 0.64, by the pair.",
    )


def test_what_is_inside_the_noise_has_a_mark(table3: Filled) -> None:
    layout, results = table3
    like_its_teacher = {
        key: evolve(one, error=results[layout.scores["Wide-ResNet-28-1", "dense"][at]].error)
        for at, key in enumerate(layout.scores["Wide-ResNet-28-1", "teacher"])
        for one in [results[key]]
    }
    first, *_ = like_its_teacher
    like_its_teacher[first] = evolve(like_its_teacher[first], error=25.5)
    table = tabulate(layout, {**results, **like_its_teacher})
    tied = table.cells["Wide-ResNet-28-1", "teacher"]
    assert wording(tied, "error", 2).pieces["value"].endswith("≈")
    assert wording(tied, "error", 2).best
    assert notes(table, best="Bold")[1] == (
        "Bold: the lowest error of its row, and all that cannot be told apart from it (≈, inside the noise)."
    )


@pytest.mark.parametrize(
    ("spread", "text", "words"),
    [
        ("std", "± 2.00", "sample standard deviation"),
        ("standard-error", "± 1.15", "standard error of the mean"),
        ("interval", "± 4.97", "95 % interval of the mean (Student's t)"),
    ],
)
def test_the_spread_is_named(quickstart: Filled, spread: Spread, text: str, words: str) -> None:
    """Of 3, 5 and 7: a deviation of 2, over the root of 3, times t of 2 degrees of freedom, 4.303."""
    assert wording(MeasuredCell((3.0, 5.0, 7.0)), "error", 2, spread).pieces["spread"] == text
    layout, results = quickstart
    first = notes(tabulate(evolve(layout, spread=spread), results), best="Bold")[0]
    assert first == f"Test error in percent, mean ± {words} over 2 seeds."
