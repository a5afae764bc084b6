"""What a lock says, against what is there: edits of either, and locks that say nothing."""

from __future__ import annotations

from typing import Any

import pytest

from banc.errors import BancError
from banc.stage.address import address


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"cmd": "banc run something-else"}, {"command"}),
        ({"cmd": None}, {"command"}),
        ({"outs": []}, {"output"}),
        ({"deps": []}, {"input"}),
        ({"params": {}}, {"parameters"}),
        ({"params": {"x.json": {"kind": "train", "seed": 5}}}, {"parameters"}),
    ],
)
def test_an_edited_lock_is_found(workspace: Any, changed: dict[str, Any], what: set[str]) -> None:
    workspace.edit_lock(workspace.teacher, changed)
    verdict = workspace.verify(workspace.teacher)["teacher"]
    assert {each.what for each in verdict.edited} == what
    assert verdict.outcome == "identical"
    assert not verdict.good


@pytest.mark.parametrize("field", ["md5", "size"])
@pytest.mark.parametrize(("listed", "what"), [("outs", "output"), ("deps", "input")])
def test_a_digest_edited_in_a_lock_is_found(workspace: Any, field: str, listed: str, what: str) -> None:
    changed = workspace.entry(workspace.teacher)
    changed[listed][1][field] = "0" * 32 if field == "md5" else 1
    workspace.edit_lock(workspace.teacher, changed)
    (edit,) = workspace.verify(workspace.teacher)["teacher"].edited
    assert (edit.what, edit.where) == (what, changed[listed][1]["path"])
    assert str(changed[listed][1][field]) in edit.recorded


def test_an_edited_parameter_file_is_found(workspace: Any) -> None:
    parameters = workspace.parameters(workspace.teacher)
    path = workspace.root / parameters
    path.write_text(path.read_text().replace('"epochs": 2', '"epochs": 3'))
    found = workspace.verify()
    verdict = found["teacher"]
    assert verdict.outcome == "failed"
    assert "edited by hand" in verdict.reason
    # What is below reads the files that the stage wrote, and never what it was told.
    assert found["store"].good
    assert found["score"].good
    (edit,) = verdict.edited
    assert (edit.what, edit.where) == ("parameters", parameters.as_posix())
    assert '"epochs": 2' in edit.recorded
    assert '"epochs": 3' in edit.found


@pytest.mark.parametrize(
    "text", ["stages: [", "- 1", "stages: 3", "", "\0", "stages: {NAME: 3}", "stages: {NAME: {outs: 3}}"]
)
def test_a_damaged_lock_is_one_message(workspace: Any, text: str) -> None:
    workspace.lock(workspace.teacher).write_text(text.replace("NAME", address(workspace.teacher)))
    with pytest.raises(BancError, match=r"`pipelines/networks/dvc.lock` is not what DVC writes"):
        workspace.verify(workspace.teacher)
    assert not workspace.scratch.exists()


@pytest.mark.parametrize("key", ["cmd", "params", "deps", "outs"])
def test_a_part_of_an_entry_that_is_gone_is_an_edit(workspace: Any, key: str) -> None:
    entry = workspace.entry(workspace.teacher)
    del entry[key]
    workspace.replace_entry(workspace.teacher, entry)
    verdict = workspace.verify(workspace.teacher)["teacher"]
    assert {each.what for each in verdict.edited} == {
        {"cmd": "command", "params": "parameters", "deps": "input", "outs": "output"}[key]
    }
    assert not verdict.good


@pytest.mark.parametrize("field", ["md5", "size"])
def test_a_digest_that_is_gone_is_an_edit(workspace: Any, field: str) -> None:
    entry = workspace.entry(workspace.teacher)
    del entry["outs"][0][field]
    workspace.replace_entry(workspace.teacher, entry)
    (edit,) = workspace.verify(workspace.teacher)["teacher"].edited
    assert edit.where == entry["outs"][0]["path"]
    assert {"md5": "md5 not given", "size": "no number of bytes"}[field] in edit.recorded


@pytest.mark.parametrize("text", ["{", "", "\0", "[" * 100_000])
def test_a_damaged_parameter_file_is_a_finding(workspace: Any, text: str) -> None:
    parameters = workspace.parameters(workspace.teacher)
    (workspace.root / parameters).write_text(text)
    verdict = workspace.verify(workspace.teacher)["teacher"]
    assert verdict.outcome == "failed"
    (edit,) = verdict.edited
    assert (edit.what, edit.where, edit.found) == ("parameters", parameters.as_posix(), '"no JSON"')


def test_an_entry_beside_another_group_is_the_stages_own(workspace: Any) -> None:
    lock, other = workspace.lock(workspace.teacher), workspace.root / "pipelines/before/dvc.lock"
    other.parent.mkdir()
    lock.rename(other)
    verdict = workspace.verify(workspace.teacher)["teacher"]
    assert verdict.good
    assert verdict.recorded


def test_a_stage_that_nobody_remembers_may_have_been_run_by_hand(workspace: Any) -> None:
    for lock in (workspace.lock(workspace.data), workspace.lock(workspace.table)):
        lock.unlink()
    verdict = workspace.verify(workspace.data)["data"]
    assert verdict.good
    assert not verdict.recorded
