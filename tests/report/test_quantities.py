"""Holds what a column can show besides errors: where its number is from, its words, and what is best."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from attrs import evolve

from banc.report.cells import FilledTable, MeasuredCell, Unfinished
from banc.report.collect import Results
from banc.report.quantities import best, decimals, number, unit, words
from banc.report.record import record
from banc.report.tabulate import tabulate
from banc.report.wording import notes, wording
from banc.runner.quality import quality
from banc.runner.score import average_of
from banc.stage.details import Details
from banc.stage.kinds import Address
from banc.stage.layout import Column, Layout, Measure, Row
from banc.stage.metrics import Metrics
from banc.stage.outcomes import outcomes_of

IMAGES, SEEDS = 120, 8
LABELS = np.random.default_rng(0).integers(0, 10, IMAGES)


def log_probs(seed: int, skill: float) -> np.ndarray:
    logits = np.random.default_rng(seed).standard_normal((IMAGES, 10))
    logits[np.arange(IMAGES), LABELS] += skill
    return logits - np.log(np.exp(logits).sum(1, keepdims=True))


def table(*columns: Column) -> FilledTable:
    """One network, its student and both together, over eight seeds."""
    scores: dict[tuple[str, str], tuple[Address, ...]] = {}
    results: dict[Address, Metrics] = {}
    details: dict[Address, Details] = {}
    seeds: dict[Address, int] = {}
    teachers: dict[Address, Address] = {}
    for column in columns:
        scores["net", column.name] = tuple(
            Address(f"score-{column.of or column.name}-s{seed}") for seed in range(SEEDS)
        )
    for seed in range(SEEDS):
        teacher, student = log_probs(seed, 1.0), log_probs(1000 + seed, 3.0)
        of = {"teacher": [teacher], "ban-1": [student], "ens": [teacher, student]}
        for name, members in of.items():
            together, address = average_of(members, "probabilities"), Address(f"score-{name}-s{seed}")
            error = 100 * float((together.argmax(1) != LABELS).mean())
            results[address] = Metrics(error, 0.5, IMAGES, len(members), 1000)
            details[address] = Details(
                quality(together, members, LABELS), outcomes_of(together.argmax(1), LABELS, 10)
            )
            seeds[address] = seed
        teachers[Address(f"score-ban-1-s{seed}")] = Address(f"score-teacher-s{seed}")
    rows = (Row("net", "Net"),)
    layout = Layout("t", "T", rows, columns, scores, {}, SEEDS, seed_of=seeds, teachers=teachers)
    return tabulate(layout, results, details)


@pytest.mark.parametrize("quantity", get_args(Measure))
def test_every_quantity_has_a_number_and_words(quantity: Measure) -> None:
    of = {"agreement": "ban-1", "diversity": "ens", "gain": "ens"}.get(quantity, "teacher")
    filled = table(Column("x", "X", quantity, of))
    cell = filled.cells["net", "x"]
    assert isinstance(cell, MeasuredCell)
    assert cell.n == SEEDS
    assert f"X: {words(quantity)}, of {of}." in notes(filled, best="Bold")
    assert record(cell, quantity)["unit"] == unit(quantity)
    digits = len(wording(cell, quantity, 1).pieces["value"].split(".")[1])
    assert digits == decimals(quantity, 1) == (1 if unit(quantity) == "percent" else 3)


def test_notes_name_the_images_and_what_most_columns_show() -> None:
    columns = Column("ban-1", "BAN-1", "accuracy"), Column("x", "X", "error", "teacher")
    filled = table(*columns)
    filled = evolve(filled, layout=evolve(filled.layout, on="validation"))
    said = notes(filled, best="Bold")
    assert said[0].startswith("Validation accuracy in percent, mean")
    assert "X: validation error in percent, of teacher." in said


def test_agreement_is_with_the_teacher_of_the_same_seed() -> None:
    cell = table(Column("x", "X", "agreement", "ban-1")).cells["net", "x"]
    assert isinstance(cell, MeasuredCell)
    for seed, value in enumerate(cell.values):
        teacher, student = log_probs(seed, 1.0), log_probs(1000 + seed, 3.0)
        assert value == pytest.approx(100 * (teacher.argmax(1) == student.argmax(1)).mean())


def test_gain_and_diversity_are_those_of_the_members() -> None:
    filled = table(Column("gain", "G", "gain", "ens"), Column("apart", "A", "diversity", "ens"))
    gained, apart = (filled.cells["net", name] for name in ("gain", "apart"))
    assert isinstance(gained, MeasuredCell) and isinstance(apart, MeasuredCell)
    both = [(log_probs(seed, 1.0), log_probs(1000 + seed, 3.0)) for seed in range(SEEDS)]
    for seed, members in enumerate(both):
        alone = np.mean([(member.argmax(1) != LABELS).mean() for member in members])
        together = (average_of(list(members), "probabilities").argmax(1) != LABELS).mean()
        assert gained.values[seed] == pytest.approx(100 * (alone - together), abs=1e-5)
        differing = (members[0].argmax(1) != members[1].argmax(1)).mean()
        assert apart.values[seed] == pytest.approx(100 * differing, abs=1e-5)


def test_what_was_not_measured_waits() -> None:
    layout = table(Column("x", "X", "brier", "teacher")).layout
    old = {address: Metrics(5.0, 0.5, IMAGES, 1, 1000) for address in layout.scores["net", "x"]}
    assert tabulate(layout, old).cells["net", "x"] == Unfinished(SEEDS)
    alone = evolve(layout, columns=(Column("x", "X", "agreement", "teacher"),))
    assert tabulate(alone, old).cells["net", "x"] == Unfinished(SEEDS)


def test_cells_are_compared_with_cells_of_their_quantity() -> None:
    filled = table(
        Column("teacher", "T", "error"),
        Column("ban-1", "S", "error"),
        Column("b-t", "B", "brier", "teacher"),
        Column("b-s", "B", "brier", "ban-1"),
        Column("agrees", "A", "agreement", "ban-1"),
    )
    assert {(comparison.first[1], comparison.second[1]) for comparison in filled.comparisons} == {
        ("teacher", "ban-1"), ("b-t", "b-s"),
    }  # fmt: skip
    bold = {name for (_, name), cell in filled.cells.items() if isinstance(cell, MeasuredCell) and cell.best}
    assert bold == {"ban-1", "b-s"}
    images = {comparison.first[1]: comparison.difference.images for comparison in filled.comparisons}
    assert images == {"teacher": IMAGES, "b-t": None}


def test_of_gains_the_most_is_best() -> None:
    assert best("gain") == "most"
    filled = table(Column("a", "A", "gain", "ens"), Column("b", "B", "gain", "ens"))
    layout, worse = filled.layout, {}
    first = layout.scores["net", "a"]
    other = tuple(Address(f"{address}x") for address in first)
    for old, new in zip(first, other, strict=True):
        details = filled.details[old]
        assert details.quality.gain is not None
        gained = details.quality.gain - 9 - 0.1 * layout.seed_of[old]
        worse[new] = evolve(details, quality=evolve(details.quality, gain=gained))
    layout = evolve(
        layout,
        scores={**layout.scores, ("net", "b"): other},
        seed_of={
            **layout.seed_of,
            **{new: layout.seed_of[old] for old, new in zip(first, other, strict=True)},
        },
    )
    results: Results = {**filled.results, **dict.fromkeys(other, filled.results[first[0]])}
    cells = tabulate(layout, results, {**filled.details, **worse}).cells
    assert [cells["net", name].best for name in ("a", "b")] == [True, False]  # type: ignore[union-attr]


def test_a_number_needs_a_finished_score() -> None:
    assert number("error", Address("score-x"), {}, {}, {}) is None


def test_accuracies_are_errors_turned_round() -> None:
    """The same images decide; what is called better is the same network."""
    errors = table(Column("teacher", "T", "error"), Column("ban-1", "S", "error"))
    accuracies = table(Column("teacher", "T", "accuracy"), Column("ban-1", "S", "accuracy"))
    (of_errors,), (of_accuracies,) = errors.comparisons, accuracies.comparisons
    one, other = of_errors.difference, of_accuracies.difference
    assert other.mean == pytest.approx(-one.mean)
    assert (other.n, other.images, other.told_apart) == (one.n, one.images, one.told_apart)
    assert other.p == pytest.approx(one.p, abs=0.01)
    for name in ("teacher", "ban-1"):
        error, accuracy = errors.cells["net", name], accuracies.cells["net", name]
        assert isinstance(error, MeasuredCell) and isinstance(accuracy, MeasuredCell)
        assert accuracy.mean == pytest.approx(100 - error.mean)
        assert accuracy.best == error.best
    text = " ".join(notes(accuracies, best="Bold"))
    assert text.startswith("Test accuracy in percent, ")
    assert "the highest accuracy of its row" in text


def test_a_pairs_teacher_is_not_compared_with_its_students() -> None:
    layout = table(Column("teacher", "T", "error"), Column("ban-1", "S", "error")).layout
    filled = table(Column("teacher", "T", "error"), Column("ban-1", "S", "error"))
    of_pair = evolve(
        layout, pairs={"net": ("other", "teacher")}, other_runs={("net", "teacher"): ("other", "teacher")}
    )
    assert filled.comparisons
    assert not tabulate(of_pair, filled.results, filled.details).comparisons
