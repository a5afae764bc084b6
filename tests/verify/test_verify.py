"""Replays, and how what they made is compared with what is there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from safetensors import safe_open

from banc.stage import files
from banc.verify.compare import Difference, Different, Identical, Near


def test_a_fresh_run_is_identical_and_nothing_of_it_is_touched(finished: Any) -> None:
    before = finished.state()
    found = finished.verify()
    assert list(found) == ["data", "teacher", "store", "student", "score", "table"]
    for verdict in found.values():
        assert verdict.outcome == "identical"
        assert verdict.good
        assert verdict.recorded
        assert not verdict.edited
        assert not verdict.environment
        assert set(verdict.files.values()) == {Identical()}
    assert finished.state() == before
    assert not finished.scratch.exists()


def test_a_number_edited_in_metrics_is_found_and_named(workspace: Any) -> None:
    path = workspace.path(workspace.score, files.METRICS)
    metrics = json.loads(path.read_text())
    path.write_text(json.dumps({**metrics, "test_error": metrics["test_error"] - 5}, indent=1) + "\n")
    found = workspace.verify(workspace.score, workspace.table)
    assert not found["score"].good
    difference = found["score"].files[files.METRICS]
    assert isinstance(difference, Different)
    assert difference.figures is not None
    assert (difference.figures.where, difference.figures.absolute) == ("test_error", pytest.approx(5))
    (edit,) = found["score"].edited
    assert (edit.what, edit.where) == ("output", f"{files.folder(workspace.score)}/metrics.json")
    # The table read it before the edit: a replay of it is another table, and its input is named.
    assert found["table"].outcome == "different"
    assert [each.what for each in found["table"].edited] == ["input"]


def test_an_edit_with_a_lock_that_fits_is_found_by_the_replay(workspace: Any) -> None:
    path = workspace.path(workspace.teacher, files.HISTORY)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:-1], lines[-1].rpartition(",")[0] + ",1.2500"]) + "\n")
    workspace.relock(workspace.teacher)
    verdict = workspace.verify(workspace.teacher)["teacher"]
    assert not verdict.edited
    assert verdict.outcome == "different"
    assert {name for name, each in verdict.files.items() if isinstance(each, Different)} == {files.HISTORY}


@pytest.mark.parametrize(
    ("moved", "kind", "outcome"),
    [
        pytest.param(lambda weight: np.nextafter(weight, 1), Near, "within tolerance", id="by-its-last-bit"),
        pytest.param(lambda weight: weight + np.float32(1e-2), Different, "different", id="by-a-hundredth"),
    ],
)
def test_one_weight_is_near_or_different(
    workspace: Any, moved: Callable[[np.float32], np.float32], kind: type[Difference], outcome: str
) -> None:
    path = workspace.path(workspace.teacher, files.MODEL)
    weights = safetensors.numpy.load_file(path)
    name = next(name for name, each in weights.items() if each.ndim == 4)
    weights[name] = weights[name].copy()
    weights[name].flat[0] = moved(weights[name].flat[0])
    with safe_open(path, framework="numpy") as file:
        header = file.metadata()
    path.write_bytes(safetensors.numpy.save(weights, header))
    verdict = workspace.verify(workspace.teacher)["teacher"]
    assert verdict.outcome == outcome
    difference = verdict.files[files.MODEL]
    assert isinstance(difference, kind)
    assert difference.figures is not None
    assert (difference.figures.where, difference.figures.differing) == (name, 1)
    # Within tolerance or not, the lock tells that the bytes are not the ones that the stage wrote.
    assert [each.where for each in verdict.edited] == [f"{files.folder(workspace.teacher)}/{files.MODEL}"]
    assert not verdict.good


def test_a_damaged_output_is_different(workspace: Any) -> None:
    path = workspace.path(workspace.store, files.OUTPUTS)
    path.write_bytes(path.read_bytes()[:-7])
    found = workspace.verify(workspace.store, workspace.student)
    assert found["store"].files[files.OUTPUTS] == Different("cannot be read: it is damaged")
    # Who reads it cannot be replayed, which does not end the verifying.
    assert found["student"].outcome == "failed"
    assert "is damaged" in found["student"].reason
    assert not found["student"].good


def test_what_is_not_there_is_missing(workspace: Any) -> None:
    teacher, data = files.folder(workspace.teacher), files.folder(workspace.data)
    workspace.path(workspace.teacher, files.HISTORY).unlink()
    workspace.path(workspace.data, files.DATA).unlink()
    shutil.rmtree(workspace.root / files.folder(workspace.store))
    found = workspace.verify()
    assert "store" not in found
    assert found["teacher"].outcome == found["data"].outcome == found["student"].outcome == "missing"
    assert found["teacher"].reason == f"output `{teacher}/history.csv` is not there"
    assert found["student"].reason == f"input `{data}/data.json` and 1 more is not there"
    assert not found["data"].files
    assert found["score"].good
    # Asked for by name, it is not passed over.
    assert workspace.verify(workspace.store)["store"].outcome == "missing"
