"""Controls: networks trained on the labels alone with another recipe, beside those without it."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from banc.config.objective import Labels
from banc.graph.expand import expand
from banc.graph.lower import lower
from banc.language.codes import Code
from banc.language.declare import declare
from banc.language.declared import DeclaredRun
from banc.language.fault import Fault
from banc.language.references import select
from banc.language.smoke import smoke
from banc.language.spec import Spec
from banc.stage.kinds import Address, Train

Read = Callable[[str], Spec]
Faults = Callable[[str], list[Fault]]

PAIRS = """
[pairs]
"net -> narrow"  = { teacher = "net", student = "narrow" }
"wide -> narrow" = { teacher = "wide", student = "narrow" }
[transfers.kd]
students = ["net -> narrow", "wide -> narrow"]
baseline = true
[controls.smoothed]
models = "kd"
recipe = { label_smoothing = 0.1 }
[table]
rows    = "kd"
columns = ["teacher", "baseline", "smoothed", "kd"]
"""


def controlled(small: str, controls: str, columns: str) -> str:
    """The small spec with controls, and a table that shows their ``columns``."""
    head = small.replace("generations = 2", "generations = 1").split("[table]")[0]
    return f'{head}{controls}\n[table]\nrows = "net"\ncolumns = ["teacher", "ban-1", {columns}]\n'


def run(spec: Spec, model: str, column: str) -> DeclaredRun:
    found = declare(spec)[model, column]
    assert isinstance(found, DeclaredRun)
    return found


def trainings(spec: Spec) -> dict[Address, Train]:
    stages = lower(expand(spec, "t"), "spec/t.toml").stages
    return {where: placed.stage for where, placed in stages.items() if isinstance(placed.stage, Train)}


SMOOTHED = '[controls.smoothed]\nmodels = "net"\nrecipe = { label_smoothing = 0.1 }'


@pytest.fixture
def spec(small: str, read: Read) -> Spec:
    return read(controlled(small, SMOOTHED, '"smoothed"'))


@pytest.fixture
def paired(small: str, read: Read) -> Spec:
    models = small.replace(
        "wide = {", 'narrow = { family = "wide-resnet", depth = 16, widening = 1 }\nwide = {'
    )
    return read(models.split("[lineages")[0] + PAIRS)


def test_a_control_differs_from_its_teacher_in_the_recipe_alone(spec: Spec) -> None:
    control, teacher = run(spec, "net", "smoothed"), run(spec, "net", "teacher")
    assert control.recipe == attrs.evolve(teacher.recipe, label_smoothing=0.1)
    assert (control.teacher, control.objective, control.model) == (None, Labels(), teacher.model)
    assert control.path == ("controls", "smoothed"), "what messages and `banc explain` point at"
    # Its seeds, too: first weights and order are those of the network that it is compared with.
    stages = [stage for stage in trainings(spec).values() if isinstance(stage.objective, Labels)]
    smoothed = {stage.seed for stage in stages if stage.recipe.label_smoothing}
    assert smoothed == {stage.seed for stage in stages if not stage.recipe.label_smoothing} == {0, 1}


def test_a_control_moves_no_other_address(spec: Spec, small: str, read: Read) -> None:
    alone = read(controlled(small, "", "").replace(", ]", "]"))
    assert set(trainings(alone)) < set(trainings(spec))
    assert len(trainings(spec)) == len(trainings(alone)) + 2


def test_a_control_that_changes_nothing_is_the_run_that_is_there(small: str, read: Read) -> None:
    text = controlled(small, SMOOTHED.replace("0.1", "0"), '"smoothed"')
    layout = lower(expand(read(text), "t"), "spec/t.toml").layouts["t"]
    assert layout.scores["net", "smoothed"] == layout.scores["net", "teacher"]


def test_of_a_pair_it_is_the_student_and_trained_once(paired: Spec) -> None:
    layout = lower(expand(paired, "t"), "spec/t.toml").layouts["t"]
    first, second = (layout.scores[row, "smoothed"] for row in ("net -> narrow", "wide -> narrow"))
    assert first == second
    assert first != layout.scores["net -> narrow", "baseline"]
    narrow = [
        stage
        for stage in trainings(paired).values()
        if stage.model == paired.models["narrow"] and isinstance(stage.objective, Labels)
    ]
    assert sorted((stage.seed, stage.recipe.label_smoothing) for stage in narrow) == [
        (0, 0.0),
        (0, 0.1),
        (1, 0.0),
        (1, 0.1),
    ]


def test_it_stands_for_its_models(paired: Spec) -> None:
    assert select(paired, ["smoothed"]) == ("net -> narrow", "wide -> narrow")


def test_one_model_can_differ(small: str, read: Read) -> None:
    body = (
        '[controls.smoothed]\nmodels = ["net", "wide"]\nrecipe = { label_smoothing = 0.1, epochs = 20 }\n'
        "except.wide.recipe = { label_smoothing = 0.2 }"
    )
    spec = read(controlled(small, body, '"smoothed"').replace('rows = "net"', 'rows = ["net", "wide"]'))
    said = [(run(spec, model, "smoothed").recipe) for model in ("net", "wide")]
    assert [(recipe.label_smoothing, recipe.epochs) for recipe in said] == [(0.1, 20), (0.2, 20)]


def test_it_can_teach_and_be_averaged(small: str, read: Read) -> None:
    body = (
        f'{SMOOTHED}\n[transfers.of-smoothed]\nteacher = "net/smoothed"\nstudents = "net"\n'
        '[ensembles.both]\nof = "net"\nmembers = ["teacher", "smoothed"]'
    )
    spec = read(controlled(small, body, '"smoothed", "of-smoothed", "both"'))
    assert run(spec, "net", "of-smoothed").teacher == ("net", "smoothed")
    # A student of a control trains with a seed of the first generation, as every student of a teacher.
    made = trainings(spec)
    taught = [stage for stage in made.values() if not isinstance(stage.objective, Labels)]
    assert sorted(stage.seed for stage in taught) == [1000, 1000, 1001, 1001]


def test_it_can_be_swept(small: str, read: Read) -> None:
    body = f'{SMOOTHED}\n[sweeps.smoothing]\nof = "smoothed"\nrecipe.label_smoothing = [0.05, 0.2]'
    text = controlled(small, body, '"smoothed", "smoothing"').replace("columns", 'on = "validation"\ncolumns')
    spec = read(text.replace('"digits"', '{ set = "digits", validation = 60 }'))
    values = [run(spec, "net", f"smoothing-{value}").recipe.label_smoothing for value in (0.05, 0.2)]
    assert values == [0.05, 0.2]
    assert expand(spec, "t").labels["smoothing-0.05"] == "label smoothing 0.05"


def test_values_to_choose_from_are_warned_of_and_one_is_not(small: str, faults_of: Faults) -> None:
    body = f'{SMOOTHED}\n[sweeps.smoothing]\nof = "smoothed"\nrecipe.label_smoothing = [0.05, 0.2]'
    found = faults_of(controlled(small, body, '"smoothed", "smoothing"'))
    assert {fault.code for fault in found} == {Code.TUNED_ON_TEST}
    assert faults_of(controlled(small, SMOOTHED, '"smoothed"')) == []


def test_a_smoke_run_has_its_controls_as_runs_of_their_own(small: str, read: Read) -> None:
    body = f'{SMOOTHED}\n[controls.longer]\nmodels = "net"\nrecipe.epochs = 400'
    spec = read(controlled(small, body, '"smoothed", "longer"'))
    tiny = smoke(spec)
    assert run(tiny, "net", "smoothed").recipe.label_smoothing == 0.1
    assert run(tiny, "net", "longer").recipe.epochs == 2
    assert len(trainings(tiny)) == len(trainings(spec)) == 8
