"""What ``docs/distillation.md`` says in numbers is what was printed, and what the spec asks for."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from banc.graph.expand import expand
from banc.graph.graph import Graph
from banc.graph.lower import lower
from banc.language.columns import sweep_columns
from banc.language.declare import declare
from banc.language.declared import DeclaredRun
from banc.language.load import load
from banc.report.statistics.holm import LEAST
from banc.stage.kinds import Predict, Train

SEEDS = 5


@pytest.fixture(scope="module")
def page(checkout: Path) -> str:
    return (checkout / "docs/distillation.md").read_text()


@pytest.fixture(scope="module")
def printed(checkout: Path) -> dict[str, Any]:
    return tomllib.loads((checkout / "tests/language/distillation.toml").read_text())


@pytest.fixture(scope="module")
def graph(checkout: Path) -> Graph:
    path = checkout / "spec/distillation.toml"
    return lower(expand(load(path).spec, "distillation"), str(path))


def test_the_best_epoch_of_the_published_logs_is_above_the_last(page: str, printed: dict[str, Any]) -> None:
    gaps = [log["best"] - log["last"] for log in printed["logs"].values()]
    mean = sum(gaps) / len(gaps)
    assert (
        f"in its {len(gaps)} logs of KD with standardisation, the best test epoch is {min(gaps):.2f} to "
        f"{max(gaps):.2f} points above the last one, {mean:.2f} on average" in page
    )


def test_differences_of_methods_are_as_large_as_that(page: str, printed: dict[str, Any]) -> None:
    smallest, *others = sorted(pair["dkd"] - pair["kd"] for pair in printed["pairs"].values())
    assert f"KD to DKD is {smallest:.2f} points for one pair" in page
    assert "between 1 and 3 for the others" in page
    assert others[0] > 1 and others[-1] < 3.005


def test_deviations_are_printed_for_one_method(page: str, printed: dict[str, Any]) -> None:
    deviations = printed["deviations"]["dist"].values()
    assert len(deviations) == 6
    assert f"{min(deviations):.2f} to {max(deviations):.2f} points" in page


def test_what_it_takes_is_what_the_spec_asks_for(page: str, graph: Graph) -> None:
    placed = [placed.stage for placed in graph.stages.values()]
    stages = Counter(map(type, placed))
    assert f"# {stages[Train]} trainings;" in page
    assert f"{stages[Train] // SEEDS} trainings more, and runs none of the {stages[Train]} again" in page
    views, images, classes = 162, 50_000, 100
    passes = stages[Predict] * views * images
    assert f"take {passes * classes * 2 / 1e9:.1f} GB" in page
    students = [stage for stage in placed if isinstance(stage, Train) and stage.teacher_outputs]
    spared = sum(student.recipe.epochs for student in students) * images
    assert f"{passes / 1e6:.0f} million forward passes in place of {spared / 1e6:,.0f} million" in page


def test_it_promises_no_claim_that_its_seeds_cannot_carry(page: str, checkout: Path) -> None:
    assert len(load(checkout / "spec/distillation.toml").spec.seeds) == SEEDS < LEAST
    assert "Five seeds give means and deviations, and no claim" in page


def test_the_names_of_the_table_are_explained(page: str) -> None:
    assert set(re.findall(r"^\| (KD|DKD|DIST|KD \+ standardisation) \|", page, re.MULTILINE)) == {
        "KD",
        "DKD",
        "DIST",
        "KD + standardisation",
    }


@pytest.mark.parametrize(
    ("column", "sweeps"),
    [
        ("smoothed", ["smoothed-sweep"]),
        ("kd-tuned", ["kd-sweep", "kd-more-sweep"]),
        ("kd-ls-tuned", ["kd-ls-sweep", "kd-ls-more-sweep"]),
        ("dkd-tuned", ["dkd-sweep"]),
        ("dist-tuned", ["dist-sweep"]),
    ],
)
def test_tuned_weights_are_the_ones_that_the_rule_chooses(
    checkout: Path, column: str, sweeps: list[str]
) -> None:
    """The lowest mean error on the held-out images, in the committed results of the sweeps."""
    pair, name = "vgg13 -> vgg8", "distillation-tuning"
    path = checkout / f"spec/{name}.toml"
    tuning, table = load(path).spec, load(checkout / "spec/distillation-reduced.toml").spec
    scores = lower(expand(tuning, name), str(path)).layouts[name].scores
    results = json.loads((checkout / f"results/{name}/results.json").read_text())["scores"]
    errors = {
        point: fmean(results[score]["validation_error"] for score in scores[pair, point])
        for sweep in sweeps
        for point in sweep_columns(tuning, sweep)
    }
    best = declare(tuning)[pair, min(errors, key=errors.__getitem__)]
    for run in table.pairs:
        used = declare(table)[run, column]
        assert isinstance(used, DeclaredRun) and isinstance(best, DeclaredRun)
        assert (used.objective, used.recipe) == (best.objective, best.recipe)
