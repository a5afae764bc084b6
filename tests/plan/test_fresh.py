"""A saved plan is stale as soon as DVC might decide otherwise, and for no other reason."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from banc.compiler import compile_specs
from banc.errors import UsageError
from banc.plan.fresh import Moved, Snapshot, moved, saved_snapshot, snapshot, state_record
from banc.stage.timing import FILE
from banc.state.read import read


def now(finished: Any) -> Snapshot:
    graph = compile_specs(finished.root, finished.specs()).graph
    return snapshot(
        graph, read(finished.root, {address: placed.stage for address, placed in graph.stages.items()})
    )


def one(root: Path, pattern: str) -> Path:
    return sorted(root.glob(pattern))[0]


def test_nothing_has_moved(finished: Any) -> None:
    then = now(finished)
    (finished.root / FILE).parent.mkdir(exist_ok=True)
    (finished.root / FILE).write_text("{}")
    (finished.root / ".banc/checkpoints").mkdir()
    assert moved(then, now(finished)) == ()


def _delete_output(root: Path) -> str:
    path = one(root, "runs/train-*/model.safetensors")
    path.unlink()
    return path.parent.name


def _edit_output(root: Path) -> str:
    path = one(root, "runs/score-*/metrics.json")
    path.write_text("other")
    return path.parent.name


def _empty_cache(root: Path) -> str:
    address = one(root, "runs/predict-*").name
    shutil.rmtree(root / ".dvc/cache/files")
    return address


def _edit_lock(root: Path) -> str:
    path = one(root, "pipelines/*-densenet-*/dvc.lock")
    path.write_text(path.read_text().replace("banc run train-", "banc  run train-", 1))
    return next(line for line in path.read_text().splitlines() if "banc  run" in line).split()[-1]


def _forget_run(root: Path) -> str:
    path = one(root, ".dvc/cache/runs/*/*")
    address = next(path.iterdir()).read_text().splitlines()[0].split()[-1]
    shutil.rmtree(path)
    return address


@pytest.mark.parametrize("change", [_delete_output, _edit_output, _empty_cache, _edit_lock, _forget_run])
def test_what_has_moved_is_named(finished: Any, change: Callable[[Path], str]) -> None:
    then = now(finished)
    address = change(finished.root)
    found = moved(then, now(finished))
    assert address in [each.address for each in found]
    assert {each.how for each in found} == {"changed"}
    assert len(found) == (1 if change is not _empty_cache else len(then) - 1)  # a table has no cache


def test_another_spec(finished: Any) -> None:
    then = now(finished)
    (spec,) = finished.specs()
    spec.write_text(spec.read_text().replace("epochs = 2", "epochs = 3"))
    found = moved(then, now(finished))
    table = [each for each in found if each.address == "table-t"]
    assert table == [Moved(table[0].address, "changed")]  # its name is a person's, so its parameters count
    assert {each.how for each in found if each not in table} == {"added", "removed"}
    assert moved(now(finished), then) != found


def test_a_file_and_back(finished: Any) -> None:
    then = now(finished)
    saved = json.loads(json.dumps({"plan_version": "1.1", "state": state_record(then)}))
    assert saved_snapshot(saved, "plan.json") == then
    saved["state"]["stages"]["table-t"] = "0" * 12
    for damaged in (saved, {}, [], {"state": {}}, {"state": {"stages": {"a": 1}}}):
        with pytest.raises(UsageError, match=r"`plan.json` is no plan that `banc plan --out` wrote"):
            saved_snapshot(damaged, "plan.json")
