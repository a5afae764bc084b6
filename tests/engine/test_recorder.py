"""What is not what it was for the run is not recorded."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from banc.compiler import compile_specs
from banc.engine.dvc import Dvc, refuse_unrecordable
from banc.engine.recorder import Recorder, digests
from banc.errors import UsageError
from banc.plan.asked import Asked, asked
from banc.stage.kinds import Address
from banc.stage.made import Made, read_made, write_made
from banc.state.memory import Memory

Workspace = Any


@pytest.fixture
def score(finished: Workspace) -> Asked:
    graph = compile_specs(finished.root, finished.specs()).graph
    address = next(stage for stage in graph.stages if stage.startswith("score-"))
    return asked(address, graph.stages[address])


def identities(root: Path, stage: Asked) -> dict[str, tuple[int, int, int]]:
    stats = {Path(path).name: (root / path).stat() for path in stage.outputs}
    return {name: (stat.st_ino, stat.st_size, stat.st_mtime_ns) for name, stat in stats.items()}


@pytest.mark.parametrize("what", ["input changed", "input gone", "output edited", "output gone"])
def test_it_is_refused_and_the_lock_stays(finished: Workspace, score: Asked, what: str) -> None:
    root = finished.root
    made = Made(dict(digests(Memory(root), root, score)), identities(root, score))
    path = root / (score.inputs[0] if "input" in what else score.outputs[0])
    if "gone" in what:
        path.unlink()
    else:
        path.write_text("other")
    write_made(root, score.address, made.inputs, (root / score.outputs[0]).parent)
    before = (root / score.lock).read_bytes()
    failed: dict[Address, str] = {}
    recorder = Recorder(root, Dvc(root), failed.__setitem__)
    recorder.add(score, made)
    recorder.flush()
    recorder.close()
    assert score.address in failed
    assert ("has changed since it began" if "input" in what else "changed or removed") in failed[
        score.address
    ]
    assert (root / score.lock).read_bytes() == before
    assert not recorder.recorded
    # Also when the input is what it was, nobody knows what the run has read.
    assert (read_made(root, score.address) is None) == ("input" in what)


def test_one_that_dvc_refuses_holds_up_no_other(
    first_run: Workspace, copy_as: Callable[[Workspace, str], Workspace], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = copy_as(first_run, "workspace")
    for name, value in first_run.environment.items():
        monkeypatch.setenv(name, value)
    root = workspace.root
    graph = compile_specs(root, workspace.specs()).graph
    scores = [
        asked(address, linked) for address, linked in graph.stages.items() if address.startswith("score-")
    ][:2]
    (root / scores[0].lock).unlink()
    failed: dict[Address, str] = {}
    recorder = Recorder(root, Dvc(root), failed.__setitem__)
    for stage in scores:
        recorder.add(stage, Made(digests(Memory(root), root, stage), identities(root, stage)))
    for path in root.glob(f"pipelines/*/{scores[0].address}.json"):
        path.write_text("no JSON")
    recorder.close()
    assert list(failed) == [scores[0].address]
    assert recorder.recorded == scores[1:]
    lock = (root / scores[1].lock).read_text()
    assert scores[1].address in lock
    assert f"  {scores[0].address}:" not in lock


@pytest.mark.parametrize(
    ("name", "autostage"),
    [('it\'s #1: "ü" \\', False), ("plain", True)],
)
def test_whatever_the_workspace_is_called_the_true_lock_is_written(
    finished: Workspace,
    score: Asked,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    autostage: bool,
) -> None:
    """Through a link, where DVC can do with one."""
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    root = finished.root.rename(tmp_path / name)
    if autostage:
        with (root / ".dvc/config").open("a") as config:
            config.write("    autostage = true\n")
    lock = root / score.lock
    before = YAML(typ="safe").load(lock.read_text())["stages"][score.address]
    lock.unlink()
    assert Dvc(root).record([score]) == ""
    assert not lock.is_symlink()
    assert YAML(typ="safe").load(lock.read_text())["stages"] == {score.address: before}


@pytest.mark.parametrize("name", ["a{0}", "}", os.fsdecode(b"\xff")])
def test_where_dvc_would_record_nothing_it_is_told_before(
    finished: Workspace, score: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    root = finished.root.rename(tmp_path / name)
    with pytest.raises(UsageError, match="DVC cannot record what runs in") as caught:
        refuse_unrecordable(root)
    assert "rename" in (caught.value.hint or "")
    refuse_unrecordable(tmp_path)
    # The real DVC would fail.
    failed: dict[Address, str] = {}
    recorder = Recorder(root, Dvc(root), failed.__setitem__)
    recorder.add(score, Made(dict(digests(Memory(root), root, score)), identities(root, score)))
    recorder.close()
    assert score.address in failed


def test_of_what_dvc_refuses_no_lock_is_left(
    finished: Workspace, score: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    (finished.root / score.lock).unlink()
    (finished.root / score.inputs[0]).unlink()
    assert score.inputs[0] in Dvc(finished.root).record([score])
    assert not (finished.root / score.lock).exists()


def test_a_fault_of_ours_is_told_and_nobody_waits_for_ever(finished: Workspace, score: Asked) -> None:
    class Broken(Dvc):
        def record(self, stages: object) -> str:
            raise ZeroDivisionError("ours")

    root, failed = finished.root, dict[Address, str]()
    recorder = Recorder(root, Broken(root), failed.__setitem__)
    for _ in range(2):
        recorder.add(score, Made(dict(digests(Memory(root), root, score)), identities(root, score)))
        recorder.flush()
    recorder.close()
    assert failed == {score.address: "it ran, but could not be recorded: ZeroDivisionError: ours"}


def test_where_nothing_can_be_written_it_says_so_and_nobody_waits_for_ever(
    finished: Workspace, score: Asked
) -> None:
    root = finished.root
    made = Made(dict(digests(Memory(root), root, score)), identities(root, score))
    (root / ".dvc/config").write_bytes(b"\xff")
    failed: dict[Address, str] = {}
    recorder = Recorder(root, Dvc(root), failed.__setitem__)
    recorder.add(score, made)
    recorder.flush()
    recorder.close()
    assert "it ran, but could not be recorded: " in failed[score.address]
    assert "is not UTF-8" in failed[score.address]
