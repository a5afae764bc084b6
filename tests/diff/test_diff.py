"""What differs between two specs, by what changed in the text; and its JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from banc.compiler import graph_of
from banc.diff.cost import cost
from banc.diff.diff import diff
from banc.diff.difference import Difference, Run
from banc.diff.record import record
from banc.graph.graph import Graph
from banc.graph.link import link
from banc.language.load import load
from banc.machine import Device
from banc.plan.estimate import Estimate, estimate
from banc.plan.plan import plan
from banc.plan.reason import NeverRun, OutputLost
from banc.plan.step import Action, Keep, Plan, Restore, Step, Wait
from banc.plan.step import Run as ToRun
from banc.state.read import read
from banc.state.state import Timings

SPEC = """
banc = 1
title = "T"
data = { set = "digits", train = 20 }
seeds = [0, 1]
recipe = { epochs = 2, batch = 10, augment = { pad = 0, flip = false } }
[models]
dense = { family = "densenet-bc", depth = 10, growth = 2 }
wide = { family = "wide-resnet", depth = 10, widening = 1 }
[lineages]
ban = { models = "dense", generations = 2 }
[transfers]
over = { teacher = "dense", students = "wide" }
[ensembles]
ens = { of = "dense", members = ["ban-1", "ban-2"] }
[table]
rows = ["dense", "wide"]
columns = ["teacher", "ban-1", "ban-2", "ens", "over"]
"""
Compare = Callable[..., Difference]


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Graph]:
    root = tmp_path_factory.mktemp("diff")
    known: dict[tuple[str, str], Graph] = {}

    def of(text: str, name: str = "t") -> Graph:
        if (text, name) not in known:
            (root / f"{name}.toml").write_text(text)
            known[text, name] = graph_of(root, load(root / f"{name}.toml"))
        return known[text, name]

    return of


@pytest.fixture(scope="module")
def changed(graph: Callable[..., Graph]) -> Compare:
    """The difference that replacing some text makes."""

    def compare(*replaced: str) -> Difference:
        text = SPEC
        for old, new in zip(replaced[::2], replaced[1::2], strict=True):
            assert old in text
            text = text.replace(old, new)
        return diff(graph(SPEC), graph(text))

    return compare


def names(runs: tuple[Run, ...]) -> set[str]:
    return {str(use) for run in runs for use in run.uses}


def test_nothing(changed: Compare) -> None:
    assert changed() == Difference((), (), (), (), 11, (), several=False)


def test_a_field_of_every_training(changed: Compare) -> None:
    found = changed("epochs = 2", "epochs = 3")
    assert found.added == found.removed == found.renamed == found.tables == ()
    assert found.same == 1, "the data"
    own = [change for change in found.changed if change.fields]
    assert len(own) == 8 and len(found.changed) == 10
    assert {(change.fields, change.inputs, change.follows) for change in own} == {
        ((("recipe.epochs", 2, 3),), (), None)
    }
    ensembles = [change for change in found.changed if not change.fields]
    assert {ensemble.now.kind for ensemble in ensembles} == {"score"}
    assert all(ensemble.follows in {other.now.address for other in own} for ensemble in ensembles)
    assert all(change.before.uses == change.now.uses for change in found.changed)


def test_what_follows_has_the_first_cause(changed: Compare) -> None:
    found = changed("growth = 2", "growth = 3")
    teachers = {
        change.now.address for change in found.changed if str(change.now.uses[0]).startswith("dense teacher")
    }
    followers = [change for change in found.changed if change.follows]
    assert names(tuple(follower.now for follower in followers)) == {
        *(f"wide over seed {seed}" for seed in (0, 1)),
        *(f"dense ens seed {seed}" for seed in (0, 1)),
    }
    assert {follower.follows for follower in followers if follower.now.kind == "train"} <= teachers


def test_data_are_the_first_cause_of_everything(changed: Compare) -> None:
    found = changed("train = 20", "train = 30")
    (data,) = [change for change in found.changed if change.now.kind == "data"]
    assert data.fields == (("source.train", 20, 30),)
    assert {change.follows for change in found.changed if change is not data} == {data.now.address}


def test_a_generation_more_and_less(changed: Compare) -> None:
    more = changed("generations = 2", "generations = 3")
    assert names(more.added) == {"dense ban-3 seed 0", "dense ban-3 seed 1"}
    assert more.changed == more.removed == ()
    assert names(changed("[0, 1]", "[0]").removed) == {
        f"{run} seed 1" for run in ("dense teacher", "dense ban-1", "dense ban-2", "dense ens", "wide over")
    }


def test_a_control_is_new_beside_what_is_there(changed: Compare) -> None:
    control = 'smoothed = { models = "dense", recipe = { label_smoothing = 0.1 } }'
    found = changed("[ensembles]", f"[controls]\n{control}\n[ensembles]", '"over"]', '"over", "smoothed"]')
    assert names(found.added) == {"dense smoothed seed 0", "dense smoothed seed 1"}
    assert found.changed == found.removed == found.renamed == ()


def test_another_teacher_is_a_change_of_inputs(changed: Compare) -> None:
    found = changed('teacher = "dense"', 'teacher = "dense/ban-1"')
    assert names(tuple(change.now for change in found.changed)) == {"wide over seed 0", "wide over seed 1"}
    for change in found.changed:
        assert [of_role.role for of_role in change.inputs] == ["teacher_outputs"]
        assert [(field.field, field.now - field.before) for field in change.fields] == [("seed", 1000)]


def test_other_members(changed: Compare) -> None:
    found = changed('["ban-1", "ban-2"] }', '["teacher", "ban-2"] }')
    (change,) = {change.inputs for change in found.changed if "seed 0" in str(change.now.uses[0])}
    assert len(found.changed) == 2
    assert [(of_role.role, len(of_role.before), len(of_role.now)) for of_role in change] == [
        ("members", 1, 1)
    ]


def test_names_labels_and_order_are_free(changed: Compare) -> None:
    found = changed("dense =", "d =", '"dense"', '"d"', '"T"', '"Title"', "ens =", "all =", '"ens"', '"all"')
    assert found.added == found.removed == found.changed == ()
    assert found.same == 11
    assert {(str(renamed.before[0]), str(renamed.now[0])) for renamed in found.renamed} == {
        (f"dense {a} seed {seed}", f"d {b} seed {seed}")
        for a, b in (("teacher", "teacher"), ("ban-1", "ban-1"), ("ban-2", "ban-2"), ("ens", "all"))
        for seed in (0, 1)
    }
    assert {table.field for table in found.tables} == {"title", "rows", "columns"}


def test_a_label_is_news_only_of_what_both_sides_have(changed: Compare) -> None:
    labelled = '[table.labels]\nteacher = "Alone"\nother = "Both"\n[table]'
    found = changed("ens =", "other =", '"ens"', '"other"', "[table]", labelled)
    assert [(table.field, table.now) for table in found.tables if table.field.startswith("labels")] == [
        ("labels.teacher", "Alone")
    ]


def test_headings_are_layout(changed: Compare) -> None:
    found = changed("[table]", '[table]\ngroups = { "Born again" = "ban-1" }')
    assert found.added == found.removed == found.changed == found.renamed == ()
    assert [(table.field, table.before, table.now) for table in found.tables] == [
        ("groups.Born again", None, ["ban-1"])
    ]


def test_renamed_and_changed_at_once_is_one_change(changed: Compare) -> None:
    found = changed("dense =", "d =", '"dense"', '"d"', "growth = 2", "growth = 3")
    assert found.added == found.removed == ()
    pairs = {
        (str(change.before.uses[0]), str(change.now.uses[0])) for change in found.changed if change.fields
    }
    assert ("dense ban-1 seed 0", "d ban-1 seed 0") in pairs
    assert all(change.fields[0] == ("model.growth", 2, 3) for change in found.changed if change.fields)


def test_another_network_under_the_old_name(changed: Compare) -> None:
    """So much differs that nothing but the name says that it is the same run."""
    found = changed('"densenet-bc", depth = 10, growth = 2', '"pre-resnet", depth = 11')
    assert names(tuple(change.now for change in found.changed)) >= {
        "dense teacher seed 0",
        "dense ban-1 seed 0",
    }
    assert found.added == found.removed == ()


def test_two_specs_of_different_names_are_compared_by_their_runs(graph: Callable[..., Graph]) -> None:
    found = diff(graph(SPEC), graph(SPEC.replace("epochs = 2", "epochs = 3"), "other"))
    assert len(found.changed) == 10 and found.added == found.renamed == ()
    assert diff(graph(SPEC), graph(SPEC, "other")) == Difference((), (), (), (), 11, (), several=False)


def test_of_several_specs_a_run_that_moves_keeps_its_numbers(graph: Callable[..., Graph]) -> None:
    both = link([graph(SPEC), graph(SPEC, "other")])
    found = diff(link([graph(SPEC), graph(SPEC.replace("[0, 1]", "[7]"), "other")]), both)
    assert found.added == found.changed == ()
    assert {use.spec for renamed in found.renamed for use in renamed.now} == {"other"}
    assert {use.seed for run in found.removed for use in run.uses} == {7}


CHANGES = {
    "epochs = 2": ("epochs = 3", "epochs = 4"),
    "growth = 2": ("growth = 3", "growth = 4"),
    "[0, 1]": ("[0]", "[1, 2]"),
    "generations = 2": ("generations = 3",),
    'teacher = "dense"': ('teacher = "dense/ban-1"', 'teacher = "dense/ens"'),
    "train = 20": ("train = 30",),
    "over": ("across",),
}


@settings(max_examples=25)
@given(
    st.lists(
        st.sampled_from([(old, new) for old, several in CHANGES.items() for new in several]), max_size=3
    ),
    st.booleans(),
)
def test_every_run_is_told_once(
    graph: Callable[..., Graph], changes: list[tuple[str, str]], back: bool
) -> None:
    text = SPEC
    for old, new in changes:
        text = text.replace(old, new)
    before, now = (graph(text), graph(SPEC)) if back else (graph(SPEC), graph(text))
    found = diff(before, now)
    new = [run.address for run in found.added] + [change.now.address for change in found.changed]
    old = [run.address for run in found.removed] + [change.before.address for change in found.changed]
    assert len(set(new)) == len(new) and len(set(old)) == len(old)
    trained = [{stage for stage in graph.stages if stage.startswith("train-")} for graph in (before, now)]
    assert {address for address in new if address.startswith("train-")} == trained[1] - trained[0]
    assert {address for address in old if address.startswith("train-")} == trained[0] - trained[1]
    for change in found.changed:
        assert bool(change.fields or change.inputs) == (change.follows is None)


@pytest.fixture(scope="module")
def schema(checkout: Path) -> Draft202012Validator:
    value: Any = json.loads((checkout / "docs/diff.schema.json").read_text())
    Draft202012Validator.check_schema(value)
    return Draft202012Validator(value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("T", "T"),
        ("growth = 2", "growth = 3"),
        ('teacher = "dense"', 'teacher = "dense/ban-1"'),
        ("over", "across"),
        ("[0, 1]", "[1, 2]"),
        ('title = "T"', 'title = "U"'),
    ],
)
def test_the_json_is_as_its_schema_says(
    old: str, new: str, graph: Callable[..., Graph], schema: Draft202012Validator, tmp_path: Path
) -> None:
    before, now = graph(SPEC), graph(SPEC.replace(old, new))
    found = diff(before, now)
    (tmp_path / ".dvc").mkdir()
    state = read(tmp_path, {address: placed.stage for address, placed in now.stages.items()})
    made, device = plan(now, state), Device("A CPU", gpu=False, cores=2)
    price = cost(before, now, made, estimate(made, now, Timings(), device))
    schema.validate(json.loads(json.dumps(record(found, price, device, ["a"], ["b"]))))
    new_ones = {stage for stage in now.stages if stage not in before.stages}
    for kind in ("data", "train", "predict", "score"):
        assert price.new[kind] == {
            "run": sum(one.startswith(f"{kind}-") for one in new_ones),
            "may run": 0,
            "recorded": 0,
            "done": 0,
        }


def test_what_is_new_has_its_time_by_what_dvc_would_do(graph: Callable[..., Graph]) -> None:
    """What both have, what is done, and what nobody can estimate is in no sum of seconds."""
    before, now = graph(SPEC), graph(SPEC.replace("epochs = 2", "epochs = 3"))
    new = sorted(stage for stage in now.stages if stage.startswith("train-") and stage not in before.stages)
    (shared,) = (stage for stage in now.stages if stage in before.stages and not stage.startswith("table-"))
    actions: list[Action] = [ToRun(NeverRun()), ToRun(NeverRun()), Wait((new[0],))]
    actions += [ToRun(OutputLost(("x",), "missing")), Keep(), Restore(1)]
    steps = [Step(address, "train", (), action) for address, action in zip(new, actions, strict=False)]
    steps.append(Step(shared, "data", (), ToRun(NeverRun())))
    second = Estimate(1.0, 0.5, 2.0, "model")
    estimates = {
        new[0]: second,
        new[1]: Estimate(None, None, None, "unknown"),
        new[2]: second,
        new[3]: second,
        shared: second,
    }
    times = cost(before, now, Plan(tuple(steps)), estimates).times
    assert {
        effort: (total.seconds, total.low, total.high, total.unknown) for effort, total in times.items()
    } == {
        "run": (1.0, 0.5, 2.0, 1),
        "may run": (1.0, 0.5, 2.0, 0),
        "recorded": (1.0, 0.5, 2.0, 0),
        "done": (0, 0, 0, 0),
    }
