"""The points of sweeps, and the runs that they declare."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banc.config.objective import OBJECTIVES, Distill
from banc.graph.expand import expand
from banc.graph.lower import lower
from banc.language.codes import Code
from banc.language.columns import sweep_columns, table_columns
from banc.language.declare import declare
from banc.language.declared import DeclaredRun
from banc.language.fault import Fault
from banc.language.smoke import smoke
from banc.language.spec import Spec, Sweep
from banc.language.sweeps import fields, points, spelled, with_numbers
from banc.stage.kinds import Train

Read = Callable[[str], Spec]
Faults = Callable[[str], list[Fault]]

SWEPT = """
[transfers.soft]
teacher   = "net"
students  = "wide"
objective = { kind = "distill", temperature = 4, labels = 0.5 }
[sweeps.T]
of = "soft"
objective.temperature = [1, 2.5]
recipe.augment.pad = [2, 3]
[sweeps.epochs]
of = "ban"
recipe.epochs = [3, 5]
[table]
rows    = ["net", "wide"]
columns = ["teacher", "ban-1", "soft", "T", "epochs"]
on      = "validation"
"""


def swept(small: str, text: str = SWEPT) -> str:
    """The small spec with sweeps, whose values are compared on images held out of training."""
    head = small.replace("generations = 2", "generations = 1").split("[table]")[0]
    return head.replace('"digits"', '{ set = "digits", validation = 60 }') + text


@pytest.fixture
def spec(small: str, read: Read) -> Spec:
    return read(swept(small))


def test_each_combination_is_a_run(spec: Spec) -> None:
    runs = declare(spec)
    made = {}
    for column in sweep_columns(spec, "T"):
        run = runs["wide", column]
        assert isinstance(run, DeclaredRun)
        assert run.teacher == ("net", "teacher")
        assert isinstance(run.objective, Distill)
        assert run.objective.labels == 0.5, "what is not swept stays"
        made[column] = (run.objective.temperature, run.recipe.augment.pad)
    assert made == {"T-1-2": (1, 2), "T-1-3": (1, 3), "T-2.5-2": (2.5, 2), "T-2.5-3": (2.5, 3)}


def test_a_lineage_is_swept_with_its_generations(spec: Spec) -> None:
    runs = declare(spec)
    assert sweep_columns(spec, "epochs") == ("epochs-3-1", "epochs-5-1")
    for column, epochs in (("epochs-3-1", 3), ("epochs-5-1", 5)):
        run = runs["net", column]
        assert isinstance(run, DeclaredRun)
        assert (run.teacher, run.recipe.epochs) == (("net", "teacher"), epochs)


def test_a_sweep_in_the_table_is_all_of_its_columns(spec: Spec) -> None:
    columns = ("teacher", "ban-1", "soft", "T-1-2", "T-1-3", "T-2.5-2", "T-2.5-3", "epochs-3-1", "epochs-5-1")
    assert table_columns(spec) == columns
    experiment = expand(spec, "t")
    assert experiment.labels["T-2.5-3"] == "temperature 2.5, pad 3"
    assert experiment.labels["epochs-3-1"] == "epochs 3"
    axis, other = lower(experiment, "spec/t.toml").layouts["t"].sweeps
    assert axis.fields == ("objective.temperature", "recipe.augment.pad")
    assert [(point.values, point.columns) for point in axis.points][1] == (("1", "3"), ("T-1-3",))
    assert [point.columns for point in other.points] == [("epochs-3-1",), ("epochs-5-1",)]


def test_a_sweeps_label_stands_before_its_values(small: str, read: Read) -> None:
    labels = 'labels = { T = "KD, T and pad", epochs-5-1 = "long" }\n'
    experiment = expand(read(swept(small) + labels), "t")
    assert experiment.labels["T-2.5-3"] == "KD, T and pad 2.5, 3"
    assert experiment.labels["epochs-5-1"] == "long"


def test_generations_of_a_sweep_are_told_apart(small: str, read: Read) -> None:
    text = swept(small).replace("generations = 1", "generations = 2")
    text = text.replace('"ban-1", "soft"', '"ban-1", "ban-2", "soft"')
    experiment = expand(read(text), "t")
    assert experiment.labels["epochs-5-2"] == "epochs 5, ban-2"


def test_a_value_that_is_the_groups_own_is_the_groups_own_run(small: str, read: Read) -> None:
    text = SWEPT.replace("[1, 2.5]", "[4, 2]").replace("recipe.augment.pad = [2, 3]\n", "")
    spec = read(swept(small, text))
    layout = lower(expand(spec, "t"), "spec/t.toml").layouts["t"]
    assert layout.scores["wide", "T-4"] == layout.scores["wide", "soft"]
    assert layout.scores["wide", "T-2"] != layout.scores["wide", "soft"]


def test_a_group_that_the_table_shows_as_a_value_is_not_unused(small: str, faults_of: Faults) -> None:
    """`soft`, whose temperature is 4, is the same trainings as the point 4."""
    text = swept(small).replace('"soft", "T"', '"T"')
    shown = text.replace("recipe.augment.pad = [2, 3]\n", "").replace("[1, 2.5]", "[1, 4]")
    assert faults_of(shown) == []
    (fault,) = faults_of(text)
    assert fault.code is Code.UNUSED_RUN
    assert "`soft` of `wide`" in fault.message


def test_a_smoke_run_has_as_many_trainings(spec: Spec) -> None:
    def trainings(spec: Spec) -> int:
        stages = lower(expand(spec, "t"), "spec/t.toml").stages.values()
        return sum(isinstance(placed.stage, Train) for placed in stages)

    assert trainings(smoke(spec)) == trainings(spec)


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=4, unique=True),
    st.lists(st.booleans(), min_size=1, max_size=2, unique=True),
)
def test_points_are_the_product_in_order(numbers: list[int], flags: list[bool]) -> None:
    sweep = Sweep("soft", {"a": tuple(numbers), "b": tuple(flags)})
    found = points("s", sweep)
    assert [field for field, _ in fields(sweep)] == [("objective", "a"), ("objective", "b")]
    assert len({point.name for point in found}) == len(found) == len(numbers) * len(flags)
    assert [tuple(value for _, value in point.values) for point in found] == [
        (number, flag) for number in numbers for flag in flags
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [(4, "4"), (4.0, "4"), (0.5, "0.5"), (True, "true"), ((0.3, 0.6), "0.3+0.6"), ("never", "never")],
)
def test_values_in_names(value: object, text: str) -> None:
    assert spelled(value) == text


def test_numbers_of_an_objective_are_held_to_their_types() -> None:
    assert with_numbers(OBJECTIVES["ban"], {"temperature": 4}) == Distill(4.0, 0.0, 1.0)
    for changes, why in (
        ({"temperature": 0}, "expected at least 0.001 and at most 1000, found 0"),
        ({"temperature": "hot"}, 'expected a number, found "hot"'),
        ({"heat": 1}, "heat"),
    ):
        with pytest.raises(ExceptionGroup) as caught:
            with_numbers(OBJECTIVES["ban"], changes)  # type: ignore[arg-type]
        (only,) = caught.value.exceptions
        assert why in repr(only)


def test_the_recipe_of_students_with_an_own_objective_can_be_swept(small: str, read: Read) -> None:
    own = '{ kind = "function", file = "tests/conftest.py", function = "f", arguments = { power = 0.5 } }'
    text = SWEPT.replace('{ kind = "distill", temperature = 4, labels = 0.5 }', own)
    spec = read(swept(small, text.replace("objective.temperature = [1, 2.5]", "recipe.warm_up = [0, 0.1]")))
    runs = declare(spec)
    assert {runs["wide", name].path for name in ("T-2-0", "T-3-0.1")} == {("sweeps", "T")}
