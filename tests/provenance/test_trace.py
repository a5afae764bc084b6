"""Every number of a tree stands in the file that the tree names, and every chain ends at the labels."""

from __future__ import annotations

import json
import shutil
import statistics
from collections.abc import Callable
from typing import Any

import pytest
from ruamel.yaml import YAML

from banc.plan.reason import Change, FieldsChanged, Upstream
from banc.plan.step import Keep, Restore, Run
from banc.provenance.node import (
    CellNode,
    DataNode,
    ScoreNode,
    Seen,
    TableNode,
    TeacherNode,
    Traced,
    TrainingNode,
)
from banc.report.cells import Counted, MeasuredCell, NotRun, Unfinished

Explained = Any


def cell_of(explained: Explained, name: str, **what: Any) -> CellNode:
    node = explained.explain(name, **what).node
    assert isinstance(node, CellNode)
    return node


def only_member(cell: CellNode) -> TrainingNode:
    assert cell.score is not None
    (training,) = cell.score.members
    assert isinstance(training, TrainingNode)
    return training


def only_teacher(training: TrainingNode) -> TrainingNode:
    (teacher,) = training.teachers
    assert isinstance(teacher.network, TrainingNode)
    return teacher.network


def all_stages(node: Any) -> list[Traced]:
    """Every stage in a tree."""
    match node:
        case CellNode():
            return [stage for below in (node.score, node.network) if below for stage in all_stages(below)]
        case ScoreNode():
            return [result.stage for result in node.results] + [
                s for member in node.members for s in all_stages(member)
            ]
        case TrainingNode():
            return [*node.stages, *(s for child in (*node.teachers, node.data) for s in all_stages(child))]
        case TeacherNode():
            return [*node.stores, *all_stages(node.network)]
        case DataNode() | TableNode():
            return [node.stage]
        case _:
            return []


def test_the_numbers_stand_in_the_files_that_are_named(explained: Explained) -> None:
    cell = cell_of(explained, "dense/ban-2")
    assert isinstance(cell.cell, MeasuredCell) and cell.score is not None
    errors = []
    for result in cell.score.results:
        assert result.file is not None and result.metrics is not None
        told = json.loads((explained.root / result.file).read_text())
        assert told["test_error"] == result.metrics.error
        errors.append(told["test_error"])
    assert (cell.cell.mean, cell.cell.spread) == (statistics.mean(errors), statistics.stdev(errors))
    assert len(set(errors)) == cell.cell.n == 2


@pytest.mark.parametrize("name", ["dense/ban-2", "dense/pair", "dense/all", "wide/moved", "dense/moved"])
def test_the_digests_stand_in_the_locks_and_the_versions_in_the_networks_files(
    explained: Explained, name: str
) -> None:
    stages = all_stages(explained.explain(name).node)
    assert {stage.address.partition("-")[0] for stage in stages} == {"data", "train", "score"} | (
        {"predict"} if name != "dense/all" else set()
    )
    for stage in stages:
        lock = YAML(typ="safe").load((explained.root / stage.lock).read_text())["stages"][stage.address]
        recorded = {output["path"]: (output["md5"], output["size"]) for output in lock["outs"]}
        assert {
            output.path: (output.recorded.md5, output.recorded.size)
            for output in stage.outputs
            if output.recorded
        } == recorded
        assert all(output.now == output.recorded for output in stage.outputs)
        parameters = json.loads((explained.root / stage.parameter_file).read_text())
        assert lock["params"][stage.parameter_file] == parameters
        if stage.facts is not None:
            assert stage.facts_file is not None
            facts = json.loads((explained.root / stage.facts_file).read_text())
            assert facts["made_with"] == stage.facts.made_with != {}
        assert (stage.facts is None) == (stage.address.partition("-")[0] in ("data", "score"))
        assert stage.step.action == Keep()


def test_the_chain_of_teachers_ends_at_the_labels(explained: Explained) -> None:
    ban_2 = only_member(cell_of(explained, "dense/ban-2"))
    ban_1 = only_teacher(ban_2)
    teacher = only_teacher(ban_1)
    chain = [ban_2, ban_1, teacher]
    assert [node.name for node in chain] == ["dense ban-2", "dense ban-1", "dense teacher"]
    assert [node.objective for node in chain] == ["ban-l", "ban-l", "labels"]
    assert [sorted(node.seeds.values()) for node in chain] == [[2000, 2001], [1000, 1001], [0, 1]]
    assert [[stage.seed for stage in node.stages] for node in chain] == [[0, 1]] * 3
    assert teacher.teachers == ()
    (taught,) = ban_2.teachers
    assert [store.seed for store in taught.stores] == [0, 1]
    assert taught.views == 1
    # The data set once, where one looks first.
    assert isinstance(ban_2.data, DataNode)
    assert ban_1.data == teacher.data == Seen("data")


def test_a_network_its_recipe_and_its_lines(explained: Explained, lines_of: Callable[[object], str]) -> None:
    training = only_member(cell_of(explained, "dense/ban-2", seed=1))
    assert training.slug == "densenet-bc-10-2-t3"
    (stage,) = training.stages
    parameters = json.loads((explained.root / stage.parameter_file).read_text())
    assert dict(training.parameters) == {key: parameters[key] for key in ("model", "recipe", "objective")}
    assert training.seeds == {stage.address: parameters["seed"]}
    assert lines_of(training.model_line).startswith("dense = ")
    assert lines_of(training.line) == "[lineages.ban]"
    assert isinstance(training.data, DataNode)
    assert lines_of(training.data.line) == 'data = { set = "digits", train = 20 }'


def test_a_transfer_with_shared_layers(explained: Explained, lines_of: Callable[[object], str]) -> None:
    cell = cell_of(explained, "wide/moved")
    student = only_member(cell)
    assert (student.name, student.share, student.share_frozen) == ("wide moved", ("stem",), True)
    assert only_teacher(student).name == "dense teacher"
    assert only_teacher(student).share == ()
    assert lines_of(student.line) == "[transfers.moved]"


def test_a_cell_that_shows_another_models_run(
    explained: Explained, lines_of: Callable[[object], str]
) -> None:
    cell, own = cell_of(explained, "dense/moved"), cell_of(explained, "wide/moved")
    assert cell.score == own.score
    assert (cell.row, cell.column) == ("dense", "moved")
    assert cell.score is not None and (cell.score.model, cell.score.column) == ("wide", "moved")
    assert lines_of(cell.line) == 'moved = "wide/moved"'
    assert lines_of(own.line) == "[table]"


def test_a_baseline_and_a_published_number(explained: Explained, lines_of: Callable[[object], str]) -> None:
    baseline = only_member(cell_of(explained, "wide/baseline"))
    assert (baseline.name, baseline.objective, baseline.teachers) == ("wide teacher", "labels", ())
    assert lines_of(baseline.line) == "baseline = true"
    cell = cell_of(explained, "dense/teacher")
    assert cell.cell.published == 17.42
    assert lines_of(cell.published_line) == "teacher = 17.42"
    assert cell_of(explained, "wide/baseline").published_line is None


def test_ensembles(explained: Explained) -> None:
    pair = cell_of(explained, "dense/pair").score
    assert pair is not None and pair.ensemble
    ban_1, ban_2 = pair.members
    assert isinstance(ban_1, TrainingNode) and isinstance(ban_2, TrainingNode)
    assert [len(node.stages) for node in (ban_1, ban_2)] == [2, 2]
    # It was told as a member.
    assert ban_2.teachers[0].network == Seen("dense ban-1")
    across = cell_of(explained, "dense/all").score
    assert across is not None and across.ensemble
    (result,) = across.results
    assert result.stage.seed is None
    (member,) = across.members
    assert isinstance(member, TrainingNode)
    assert [stage.seed for stage in member.stages] == [0, 1]


def test_a_count_of_parameters(explained: Explained) -> None:
    cell = cell_of(explained, "dense/parameters")
    assert isinstance(cell.cell, Counted)
    assert isinstance(cell.network, TrainingNode)
    assert (cell.network.model, cell.network.weights) == ("dense", cell.cell.parameters)
    assert cell.score is None


def test_a_place_where_nothing_is_run(explained: Explained) -> None:
    cell = cell_of(explained, "wide/ban-2")
    assert cell.cell == NotRun()
    assert cell.score is None


def test_stages_of_every_kind(explained: Explained) -> None:
    kinds = {}
    for address in explained.graph().stages:
        kinds[address.partition("-")[0]] = type(explained.explain(address).node)
    assert kinds == {
        "data": DataNode,
        "train": TrainingNode,
        "predict": TeacherNode,
        "score": ScoreNode,
        "table": TableNode,
    }
    table = explained.explain("table-t").node
    assert isinstance(table, TableNode)
    assert len(table.scores) == 13


def test_after_an_edit_the_reason_names_the_field(explained: Explained) -> None:
    explained.say("epochs = 2", "epochs = 3")
    explanation = explained.explain("dense/ban-2")
    assert not explanation.linked
    assert isinstance(explanation.node, CellNode)
    assert explanation.node.cell == Unfinished(2)
    for training in (
        ban_2 := only_member(explanation.node),
        ban_1 := only_teacher(ban_2),
        only_teacher(ban_1),
    ):
        for stage in training.stages:
            assert isinstance(stage.step.action, Run)
            reason = stage.step.action.reason
            assert isinstance(reason, FieldsChanged)
            assert reason.changes == (Change("recipe.epochs", 2, 3),)
            assert all(output.recorded is None for output in stage.outputs)
    assert explanation.node.score is not None
    for result in explanation.node.score.results:
        assert (result.metrics, result.file) == (None, None)
        assert isinstance(result.stage.step.action, Run)
        assert isinstance(result.stage.step.action.reason, Upstream)
        assert result.stage.step.action.reason.first in ban_2.seeds


def test_a_seed_that_is_missing_and_a_file_that_was_edited(explained: Explained) -> None:
    before = cell_of(explained, "dense/ban-2")
    assert before.score is not None
    gone, edited = (result.stage for result in before.score.results)
    shutil.rmtree(explained.root / "runs" / gone.address)
    path = explained.root / edited.outputs[0].path
    path.write_text(path.read_text() + " ")
    cell = cell_of(explained, "dense/ban-2")
    assert isinstance(cell.cell, MeasuredCell) and (cell.cell.n, cell.cell.of) == (1, 2)
    assert cell.score is not None
    first, second = (result.stage for result in cell.score.results)
    assert first.outputs[0].now is None and first.outputs[0].recorded is not None
    assert isinstance(first.step.action, Restore)
    assert second.outputs[0].now != second.outputs[0].recorded


def test_of_two_specs_each_speaks_of_its_own_lines(explained: Explained) -> None:
    text = (explained.root / "spec/t.toml").read_text()
    (explained.root / "spec/a.toml").write_text("# another line\n" + text)
    assert str(cell_of(explained, "dense/teacher", spec="a").line) == "spec/a.toml:24"
    assert str(cell_of(explained, "dense/teacher", spec="t").line) == "spec/t.toml:23"


def test_a_teacher_that_is_an_ensemble(explained: Explained) -> None:
    explained.say('teacher = "dense"\n', 'teacher = "dense/pair"\n')
    explained.say('share = ["stem"]\n', "")
    student = only_member(cell_of(explained, "wide/moved"))
    ban_1, ban_2 = student.teachers
    assert isinstance(ban_1.network, TrainingNode) and isinstance(ban_2.network, TrainingNode)
    assert [teacher.network.name for teacher in (ban_1, ban_2)] == ["dense ban-1", "dense ban-2"]
    for teacher in (ban_1, ban_2):
        assert [store.seed for store in teacher.stores] == [0, 1]
    assert ban_2.network.teachers[0].network == Seen("dense ban-1")
    assert student.share == ()


def test_a_live_teacher(explained: Explained) -> None:
    explained.say('teacher = "dense"\n', 'teacher = "dense"\nteacher_outputs = "live"\n')
    (teacher,) = only_member(cell_of(explained, "wide/moved")).teachers
    assert (teacher.stores, teacher.views, teacher.network.name) == ((), None, "dense teacher")


def test_a_store_by_epoch(explained: Explained) -> None:
    said = 'teacher = "dense"\nrecipe.augment.mixup = 0.2\n'
    explained.say('teacher = "dense"\n', said)
    (live,) = only_member(cell_of(explained, "wide/moved")).teachers
    assert (live.epochs, live.how) == (None, "computed while the student trains")
    explained.say(said, f'{said}teacher_outputs = "stored"\n')
    (teacher,) = only_member(cell_of(explained, "wide/moved")).teachers
    assert [store.seed for store in teacher.stores] == [0, 1]
    assert (teacher.views, teacher.epochs) == (None, 2)
    assert teacher.how == "stored by epoch, 2 epochs"
    assert [store.for_seed for store in teacher.stores] == [0, 1]


def test_stores_by_epoch_of_one_teacher(explained: Explained) -> None:
    """Each is of the students of one seed."""
    how = 'recipe.augment.mixup = 0.2\nteacher_outputs = "stored"\nteacher_seed = 1\n'
    explained.say('teacher = "dense"\n', f'teacher = "dense"\n{how}')
    (teacher,) = only_member(cell_of(explained, "wide/moved")).teachers
    assert [(store.seed, store.for_seed) for store in teacher.stores] == [(1, 0), (1, 1)]
