"""Runs that differ in their recipes alone are different runs of a smoke run, too, and each can be trained."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from banc.graph.expand import expand
from banc.language.declare import declare
from banc.language.declared import DeclaredRun
from banc.language.smoke import smoke
from banc.language.spec import Spec

VALIDATION = 'on = "validation"\n'
Read = Callable[[str], Spec]


def rates(spec: Spec) -> dict[str, float]:
    """The learning rates of students, by column."""
    runs = declare(smoke(spec)).values()
    return {run.name[1]: run.recipe.learning_rate for run in runs if isinstance(run, DeclaredRun)}


def with_groups(small: str, text: str) -> str:
    head, table = small.replace('"digits"', '{ set = "digits", validation = 60 }').split("[table]")
    return f"{head}{text}\n[table]{table}"


def test_an_ensemble_over_recipes_keeps_its_members(small: str, read: Read) -> None:
    longer = """
[lineages.longer]
models = "net"
generations = 1
recipe.epochs = 400
[lineages.softer]
models = "net"
generations = 1
except.net.recipe.weight_decay = 0
[ensembles]
all = { of = "net", members = ["ban-1", "longer-1", "softer-1"] }
"""
    spec = read(with_groups(small, longer).replace('"ban-2"]', '"ban-2", "all"]'))
    (pool, *_) = expand(smoke(spec), "x").pools
    assert len(pool.members) == 3
    recipes = {run.recipe for run in expand(smoke(spec), "x").trainings if run.name in pool.members}
    assert len(recipes) == 3


@pytest.mark.parametrize("points", [10, 12])
def test_many_points_can_all_be_trained(small: str, read: Read, points: int) -> None:
    epochs = [*range(200, 200 + points**2)]
    spec = read(
        with_groups(
            small.replace("generations = 2", "generations = 1"),
            f"[sweeps.S]\nof = 'ban'\nrecipe.epochs = {epochs}\n",
        ).replace('"ban-2"', '"S"')
        + VALIDATION
    )
    swept = [rate for name, rate in rates(spec).items() if name.startswith("S-")]
    assert len(set(swept)) == points**2
    base = rates(spec)["teacher"]
    assert all(0.8 * base < rate <= base for rate in swept)


def test_points_of_two_sweeps_differ(small: str, read: Read) -> None:
    sweeps = """
[sweeps.S]
of = "ban"
recipe.batch = [20, 30]
[sweeps.T]
of = "ban"
recipe.weight_decay = [0, 0.1]
"""
    spec = read(with_groups(small, sweeps).replace('"ban-2"]', '"ban-2", "S", "T"]') + VALIDATION)
    runs = declare(smoke(spec)).values()
    made = {run.name[1]: run.recipe for run in runs if isinstance(run, DeclaredRun)}
    assert len({made[name] for name in ("S-20-1", "S-30-1", "T-0-1", "T-0.1-1", "ban-1")}) == 5


def test_no_objective_gets_a_step_in_parts_that_it_needs_whole(small: str, read: Read) -> None:
    text = small.replace('recipe = "wide-resnet"', "recipe = { micro_batch = 8 }").replace(
        "generations = 2", 'generations = 2\nobjective = "dist"\nrecipe.micro_batch = 128'
    )
    runs = declare(smoke(read(text))).values()
    parts = {run.name[1]: run.recipe.micro_batch for run in runs if isinstance(run, DeclaredRun)}
    assert parts == {"teacher": 8, "ban-1": None, "ban-2": None}


TWIN = """baselines = "twin"
[models.twin]
family = "densenet-bc"
depth = 16
growth = 8
third_transition = true
[ensembles]
both = { of = "net", members = ["teacher", "twin/teacher"] }
"""


def test_models_that_an_exception_alone_tells_apart_are_two_members(small: str, read: Read) -> None:
    text = small.replace('recipe = "wide-resnet"', "recipe = { except.twin.epochs = 300 }")
    text = text.replace("[models]\n", f"{TWIN}[models]\n").replace('"ban-2"]', '"ban-2", "both"]')
    experiment = expand(smoke(read(text)), "x")
    (pool, _) = experiment.pools
    assert len(pool.members) == 2
    assert len({run.recipe for run in experiment.trainings if run.name in pool.members}) == 2


def test_seeds_of_teachers_are_kept(small: str, read: Read) -> None:
    text = small.replace("seeds  = [0, 1]", "seeds  = [0, 1, 2, 3]")
    assert smoke(read(text)).seeds == (0, 1)
    lineage = "generations = 2\nteacher_seed = 3\n"
    assert smoke(read(text.replace("generations = 2", lineage))).seeds == (0, 3)
