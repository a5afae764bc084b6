"""Plans of workspaces whose files a test has changed: what is to be done, and why."""

from __future__ import annotations

import copy
import hashlib
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from banc.compiler import compile_specs
from banc.config.model import DenseNetBC
from banc.plan.plan import plan
from banc.plan.reason import (
    Change,
    CommandChanged,
    FieldsChanged,
    InputChanged,
    InputsChanged,
    NeverRun,
    OutputLost,
    RecordMissing,
    RevisionChanged,
    Upstream,
)
from banc.plan.step import Keep, Plan, Restore, Run, Step, Wait
from banc.state.read import read

# A class of ``conftest``, which cannot be imported from here.
Workspace = Any


def say(workspace: Workspace, old: str, new: str) -> None:
    path = workspace.root / "spec/t.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def named(made: Plan, name: str) -> Step:
    (step,) = [step for step in made.steps if name in step.names]
    return step


def reason(made: Plan, name: str) -> object:
    action = named(made, name).action
    assert isinstance(action, Run), action
    return action.reason


def count(made: Plan) -> dict[str, int]:
    return dict(Counter(type(step.action).__name__ for step in made.steps))


def folder(workspace: Workspace, name: str) -> Path:
    path: Path = workspace.root / "runs" / named(workspace.plan(), name).address
    return path


def edit_lock(workspace: Workspace, old: str, new: str) -> None:
    for path in workspace.root.rglob("dvc.lock"):
        path.write_text(path.read_text().replace(old, new))


def test_what_is_finished_is_kept(finished: Workspace) -> None:
    assert count(finished.plan()) == {"Keep": 12}


def test_inputs_come_before_what_reads_them(finished: Workspace) -> None:
    graph = compile_specs(finished.root, finished.specs()).graph
    places = {step.address: place for place, step in enumerate(finished.plan().steps)}
    for address, linked in graph.stages.items():
        assert all(
            places[other] < places[address]
            for other in places
            if other in str(linked.stage) and other != address
        )


def test_it_is_a_pure_function(finished: Workspace) -> None:
    say(finished, "epochs = 2", "epochs = 3")
    graph = compile_specs(finished.root, finished.specs()).graph
    state = read(finished.root, {address: placed.stage for address, placed in graph.stages.items()})
    before = copy.deepcopy(state)
    first = plan(graph, state)
    shutil.rmtree(finished.root)
    assert plan(graph, state) == first
    assert state == before


def test_nothing_there(finished: Workspace) -> None:
    for name in ("runs", "results", ".dvc/cache", "pipelines", "dvc.lock", "dvc.yaml"):
        path = finished.root / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    made = finished.plan()
    assert {step.action for step in made.steps} == {Run(NeverRun())}


def test_a_changed_field_and_what_follows(finished: Workspace) -> None:
    old = named(finished.plan(), "dense teacher seed 0").address
    say(finished, "epochs = 2", "epochs = 3")
    for _ in ("before linking", "and after"):
        made = finished.plan()
        changes = (Change("recipe.epochs", 2, 3),)
        assert reason(made, "dense teacher seed 0") == FieldsChanged(old, changes)
        teacher = named(made, "dense teacher seed 0").address
        assert reason(made, "dense teacher seed 0 outputs") == Upstream(teacher)
        assert reason(made, "dense teacher seed 0 score") == Upstream(teacher)
        # A student has the recipe, too: its own reason comes first.
        student = reason(made, "dense ban-1 seed 1")
        assert isinstance(student, FieldsChanged) and student.changes == changes
        assert isinstance(reason(made, "table of t"), Upstream)
        assert count(made) == {"Run": 11, "Keep": 1}
        finished.compile()


def test_forty_students_of_a_changed_teacher_have_one_first_cause(finished: Workspace) -> None:
    say(finished, "[lineages]", '[models.other]\nfamily = "densenet-bc"\ndepth = 10\ngrowth = 3\n[lineages]')
    say(finished, 'models = "dense"', 'models = ["dense", "other"]')
    made = finished.plan()
    assert reason(made, "other teacher seed 0") == NeverRun()
    assert reason(made, "other ban-1 seed 0") == NeverRun()
    table = reason(made, "table of t")
    assert isinstance(table, Upstream)
    assert table.first in {step.address for step in made.of(Run)}


def test_a_seed_more_is_no_change(finished: Workspace) -> None:
    say(finished, "[0, 1]", "[0, 1, 2]")
    made = finished.plan()
    assert reason(made, "dense teacher seed 2") == NeverRun()
    assert isinstance(named(made, "dense teacher seed 1").action, Keep)


def test_fewer_scores_in_a_table(finished: Workspace) -> None:
    say(finished, "[0, 1]", "[0]")
    made = finished.plan()
    changed = reason(made, "table of t")
    assert isinstance(changed, InputsChanged)
    assert (changed.role, len(changed.added), len(changed.removed)) == ("scores", 0, 2)
    assert count(made) == {"Run": 1, "Keep": 6}


def test_a_raised_revision(finished: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    now = DenseNetBC.REVISION
    monkeypatch.setattr(DenseNetBC, "REVISION", now + 1)
    made = finished.plan()
    changed = reason(made, "dense teacher seed 0")
    assert isinstance(changed, RevisionChanged)
    assert (changed.item, changed.before, changed.now) == (DenseNetBC.TAG, now, now + 1)
    assert isinstance(reason(made, "dense teacher seed 0 score"), Upstream)


@pytest.mark.parametrize("how", ["missing", "edited", "a folder"])
def test_an_output_comes_back_from_the_cache(finished: Workspace, how: str) -> None:
    where = folder(finished, "dense teacher seed 0")
    size = sum(path.stat().st_size for path in where.iterdir())
    (where / "outputs.npy").unlink()
    if how == "edited":
        (where / "outputs.npy").write_text("edited")
    elif how == "a folder":
        (where / "outputs.npy").mkdir()
    made = finished.plan()
    assert named(made, "dense teacher seed 0").action == Restore(size)
    assert count(made) == {"Restore": 1, "Keep": 11}


def test_an_output_that_the_cache_has_lost(finished: Workspace) -> None:
    where = folder(finished, "dense teacher seed 0")
    shutil.rmtree(finished.root / ".dvc/cache")
    made = finished.plan()
    assert count(made) == {"Run": 11, "Wait": 1}
    paths = tuple(f"runs/{where.name}/{path.name}" for path in sorted(where.iterdir()))
    assert reason(made, "dense teacher seed 0") == OutputLost(paths, "not in cache")
    (where / "model.json").write_text("edited")
    (where / "outputs.npy").unlink()
    assert reason(finished.plan(), "dense teacher seed 0") == OutputLost(
        (f"runs/{where.name}/outputs.npy",), "missing"
    )
    (where / "outputs.npy").write_text("edited")
    assert reason(finished.plan(), "dense teacher seed 0") == OutputLost(
        (f"runs/{where.name}/model.json", f"runs/{where.name}/outputs.npy"), "edited"
    )


def test_what_reads_a_stage_that_runs_again_waits_for_it(finished: Workspace) -> None:
    where = folder(finished, "dense ban-1 seed 0")
    shutil.rmtree(finished.root / ".dvc/cache/runs")
    for path in where.iterdir():
        md5 = hashlib.md5(path.read_bytes()).hexdigest()
        (finished.root / f".dvc/cache/files/md5/{md5[:2]}/{md5[2:]}").unlink()
    made = finished.plan()
    student = named(made, "dense ban-1 seed 0").address
    assert [step.address for step in made.of(Run)] == [student]
    assert {step.names[0] for step in made.of(Wait)} == {"dense ban-1 seed 0 score", "table of t"}
    assert all(step.action == Wait((student,)) for step in made.of(Wait))


def test_an_input_that_is_not_what_the_stage_was_made_of(finished: Workspace) -> None:
    """As if its upstream had run elsewhere since, and this one had not."""
    where = folder(finished, "dense teacher seed 0 score")
    path = where / "metrics.json"
    lock = finished.root / "dvc.lock"
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    lock.write_text(lock.read_text().replace(md5, "0" * 32))
    assert reason(finished.plan(), "table of t") == InputChanged(f"runs/{where.name}/{path.name}")


def test_a_command_that_changed(finished: Workspace) -> None:
    name = named(finished.plan(), "dense teacher seed 0").address
    shutil.rmtree(finished.root / ".dvc/cache/runs")
    edit_lock(finished, f"banc run {name}", f"banc run --old {name}")
    assert reason(finished.plan(), "dense teacher seed 0") == CommandChanged(
        f"banc run --old {name}", f"banc run {name}"
    )


def test_a_record_that_is_missing(finished: Workspace) -> None:
    (finished.root / "pipelines/digits-20-densenet-bc-10-2/dvc.lock").unlink()
    assert count(finished.plan()) == {"Restore": 10, "Keep": 2}
    shutil.rmtree(finished.root / ".dvc/cache/runs")
    assert reason(finished.plan(), "dense teacher seed 0") == RecordMissing()


def test_what_a_newer_version_writes_more(finished: Workspace) -> None:
    name = named(finished.plan(), "dense teacher seed 0").address
    shutil.rmtree(finished.root / ".dvc/cache/runs")
    edit_lock(finished, f"runs/{name}/history.csv", f"runs/{name}/old.csv")
    assert reason(finished.plan(), "dense teacher seed 0") == OutputLost(
        (f"runs/{name}/history.csv",), "not recorded"
    )


def test_the_same_bytes_of_two_stages_come_back_with_the_first(finished: Workspace) -> None:
    """DVC comes to one of them first, and nobody can say to which."""
    copies = [folder(finished, f"dense {name} seed 0") / "model.json" for name in ("teacher", "ban-1")]
    digests = [hashlib.md5(path.read_bytes()).hexdigest() for path in copies]
    content = copies[0].read_bytes()
    copies[1].write_bytes(content)
    edit_lock(finished, digests[1], digests[0])
    # The student's score reads the file, too, and is recorded with it; sizes count for nothing.
    (finished.root / f".dvc/cache/files/md5/{digests[0][:2]}/{digests[0][2:]}").unlink()
    made = finished.plan()
    teacher, student = (named(made, f"dense {name} seed 0") for name in ("teacher", "ban-1"))
    # The student hangs on the teacher, so the teacher comes first.
    assert isinstance(teacher.action, Run)
    assert student.action == Wait((teacher.address,))


@pytest.mark.parametrize("change", ["epochs = 3", "epochs = 2"])
def test_a_plan_does_not_hang_on_whether_it_is_linked(finished: Workspace, change: str) -> None:
    say(finished, "epochs = 2", change)
    before = finished.plan()
    finished.compile()
    after = finished.plan()
    assert before == after
