"""Entries of a ``dvc.lock`` that are gone, and who remembers them; ``tests/dvc`` has DVC's own."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from banc.stage.address import address


def git(workspace: Any, *arguments: str) -> None:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", *arguments]
    subprocess.run(command, cwd=workspace.root, check=True, capture_output=True)


def committed(workspace: Any) -> None:
    git(workspace, "init", "--quiet")
    git(workspace, "add", "--force", "*dvc.lock")
    git(workspace, "commit", "--quiet", "--message", "run")


def removed(workspace: Any, stage: Any) -> Any:
    """The verdict of a stage whose entry is gone."""
    workspace.replace_entry(stage, None)
    return next(iter(workspace.verify(stage).values()))


def test_the_committed_lock_remembers(workspace: Any) -> None:
    committed(workspace)
    verdict = removed(workspace, workspace.table)
    assert not verdict.good
    assert verdict.outcome == "identical"
    (edit,) = verdict.edited
    assert (edit.what, edit.where, edit.found) == ("entry", "dvc.lock", "no entry of this stage")
    assert edit.recorded == "the committed `dvc.lock` has one"


def test_a_whole_lock_that_is_gone_is_remembered(workspace: Any) -> None:
    committed(workspace)
    workspace.lock(workspace.teacher).unlink()
    verdicts = workspace.verify(workspace.teacher, workspace.data)
    assert [edit.what for verdict in verdicts.values() for edit in verdict.edited] == ["entry", "entry"]


@pytest.mark.parametrize("written", ["banc run {}", "banc run\n  {}", "banc run {} --file=a.safetensors"])
def test_the_run_cache_remembers(workspace: Any, written: str) -> None:
    """Whatever DVC makes of the command: it breaks long lines, and an import names its file."""
    place = workspace.root / ".dvc/cache/runs/ab/abcd"
    place.mkdir(parents=True)
    (place / "other").write_text(f"cmd: banc run {address(workspace.score)}x\n")
    assert removed(workspace, workspace.table).good
    (place / "one").write_text(f"cmd: {written.format(address(workspace.table))}\ndeps: []\n")
    (edit,) = workspace.verify(workspace.table)["table"].edited
    assert edit.recorded == "DVC's run cache has one"


def test_the_entry_of_a_reader_remembers(workspace: Any) -> None:
    (edit,) = removed(workspace, workspace.score).edited
    assert edit.recorded == f"`dvc.lock` has its outputs as inputs of `{address(workspace.table)}`"


@pytest.mark.parametrize("committed_text", [None, "no: lock", "stages: [", "stages: {}"])
def test_where_nobody_remembers_it_may_have_been_run_by_hand(
    workspace: Any, committed_text: str | None
) -> None:
    if committed_text:
        lock = workspace.root / "dvc.lock"
        kept = lock.read_bytes()
        lock.write_text(committed_text)
        committed(workspace)
        lock.write_bytes(kept)
    verdict = removed(workspace, workspace.table)
    assert verdict.good
    assert not verdict.recorded


def test_without_outputs_nothing_was_removed(workspace: Any) -> None:
    committed(workspace)
    for name in ("results.json", "details.json"):
        workspace.path(workspace.table, name).unlink()
    verdict = removed(workspace, workspace.table)
    assert (verdict.outcome, verdict.edited) == ("missing", ())
