"""``spec/distillation.toml`` is the table of twelve pairs: networks, recipe, objectives, printed numbers.

``distillation.toml`` beside this file has what was printed.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from banc.config.objective import DecoupledDistill, Distill, RelationMatch
from banc.language.declare import declare
from banc.language.declared import DeclaredRun, Run, RunName
from banc.language.load import Loaded, load

MOBILE = {"mobilenet-v2", "shufflenet-v1", "shufflenet-v2"}


@pytest.fixture(scope="module")
def printed() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("distillation.toml").read_text())


@pytest.fixture(scope="module")
def loaded(checkout: Path) -> Loaded:
    return load(checkout / "spec/distillation.toml")


@pytest.fixture(scope="module")
def runs(loaded: Loaded) -> dict[RunName, Run]:
    return dict(declare(loaded.spec))


def test_it_is_said_in_at_most_seventy_lines(loaded: Loaded) -> None:
    assert len(loaded.source.text.splitlines()) <= 70
    assert not loaded.warnings
    assert loaded.spec.seeds == (0, 1, 2, 3, 4)


def test_every_printed_number_stands_in_the_spec(loaded: Loaded, printed: dict[str, Any]) -> None:
    table = loaded.spec.table
    assert table.show == "accuracy"
    said = {pair: dict(numbers) for pair, numbers in table.published.items()}
    for pair, numbers in printed["pairs"].items():
        expected = {
            "baseline" if column == "student" else column: accuracy for column, accuracy in numbers.items()
        }
        assert said.pop(pair) == expected
    assert not said
    deviations = {pair: dict(numbers) for pair, numbers in table.deviations.items()}
    assert deviations == {pair: {"dist": number} for pair, number in printed["deviations"]["dist"].items()}


def test_each_pair_is_a_teacher_and_a_student(loaded: Loaded, runs: dict[RunName, Run]) -> None:
    spec = loaded.spec
    for name, pair in spec.pairs.items():
        assert name == f"{pair.teacher} -> {pair.student}"
        for column in ("kd", "kd-ls", "dkd", "dist"):
            run = runs[name, column]
            assert isinstance(run, DeclaredRun)
            assert run.teacher == (pair.teacher, "teacher")
            assert run.model == spec.models[pair.student]
            assert run.stored, "more epochs than views"


def test_the_objectives_are_the_papers(runs: dict[RunName, Run], printed: dict[str, Any]) -> None:
    betas = {**dict.fromkeys(printed["pairs"], 8), **printed["beta"], "resnet110 -> resnet20": 2}
    for pair, beta in betas.items():
        objectives = {
            column: run.objective
            for (row, column), run in runs.items()
            if row == pair and isinstance(run, DeclaredRun) and run.teacher
        }
        assert objectives == {
            "kd": Distill(temperature=4, labels=0.1, teacher=0.9),
            "kd-ls": Distill(temperature=2, labels=0.1, teacher=9, standardise=True),
            "dkd": DecoupledDistill(temperature=4, labels=1, alpha=1, beta=beta, warm_up=20),
            "dist": RelationMatch(temperature=4, labels=1, inter=2, intra=2),
        }


def test_the_recipe_is_the_benchmark_s(
    loaded: Loaded, runs: dict[RunName, Run], printed: dict[str, Any]
) -> None:
    recipe = printed["recipe"]
    for run in runs.values():
        assert isinstance(run, DeclaredRun)
        ours = run.recipe
        assert [round(point * ours.epochs) for point in ours.drop_at] == recipe["drop_after"]
        for key in ("epochs", "batch", "drop_factor", "momentum", "nesterov", "weight_decay"):
            assert getattr(ours, key) == recipe[key]
        mobile = any(run.model == loaded.spec.models[name] for name in MOBILE)
        assert ours.learning_rate == recipe["learning_rate" + "_of_mobile_networks" * mobile]
        assert (ours.augment.pad, ours.augment.fill, ours.augment.flip) == (4, "zeros", True)


def test_the_copy_of_the_printed_numbers_is_true(checkout: Path, printed: dict[str, Any]) -> None:
    original = checkout.parent / "shared/paper/distillation.toml"
    if not original.is_file():
        pytest.skip(f"the table that `distillation.toml` is a copy of is not here: {original.name}")
    columns = {"teacher", "student", "kd", "kd-ls", "dkd"}
    for pair, numbers in tomllib.loads(original.read_text())["pairs"].items():
        expected = {column: number for column, number in numbers.items() if column in columns}
        assert {
            column: number for column, number in printed["pairs"][pair].items() if column != "dist"
        } == expected
