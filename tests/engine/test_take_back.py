"""What is edited while DVC begins to record is not recorded, neither now nor in DVC's run cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from banc.compiler import compile_specs
from banc.engine.dvc import Dvc
from banc.engine.recorder import Recorder, digests
from banc.plan.asked import Asked, asked
from banc.stage.kinds import Address
from banc.stage.made import Made, as_it_stands, read_made, write_made
from banc.state.memory import Memory

Workspace = Any


class Late(Dvc):
    """Somebody edits a file after it was looked at, and before DVC looks."""

    def __init__(self, root: Path, edit: Callable[[], object]) -> None:
        super().__init__(root)
        self._edit = edit

    def record(self, stages: Sequence[Asked]) -> str:
        self._edit()
        return super().record(stages)


@pytest.fixture
def ran(
    first_run: Workspace, copy_as: Callable[[Workspace, str], Workspace], monkeypatch: pytest.MonkeyPatch
) -> Workspace:
    """Where ``dvc repro`` has run everything, with stand-ins."""
    for name, value in first_run.environment.items():
        monkeypatch.setenv(name, value)
    return copy_as(first_run, "workspace")


@pytest.fixture
def scores(ran: Workspace) -> list[Asked]:
    """Two of one group."""
    graph = compile_specs(ran.root, ran.specs()).graph
    of = [asked(address, graph.stages[address]) for address in graph.stages if address.startswith("score-")]
    return [score for score in of if score.lock == of[0].lock][:2]


def made_of(root: Path, stage: Asked) -> Made:
    return as_it_stands(root, digests(Memory(root), root, stage), stage.outputs)


def recorded(root: Path, stage: Asked) -> Any:
    return YAML(typ="safe").load((root / stage.lock).read_text())["stages"].get(stage.address)


def runs(root: Path) -> set[Path]:
    return {path for path in (root / ".dvc/cache/runs").glob("*/*/*") if path.is_file()}


@pytest.mark.parametrize("what", ["input", "output"])
def test_an_edit_between_the_two_looks_is_taken_back(ran: Workspace, scores: list[Asked], what: str) -> None:
    root, (score, other) = ran.root, scores
    before = runs(root), recorded(root, other)
    made = {stage.address: made_of(root, stage) for stage in scores}
    write_made(root, score.address, made[score.address].inputs, (root / score.outputs[0]).parent)
    own = min({*score.inputs} - {*other.inputs})
    edited = root / (own if what == "input" else score.outputs[0])
    failed: dict[Address, str] = {}
    recorder = Recorder(root, Late(root, lambda: edited.write_text("edited")), failed.__setitem__)
    for stage in scores:
        recorder.add(stage, made[stage.address])
    recorder.close()
    named = f"input `{own}` was" if what == "input" else "its outputs were"
    assert failed == {score.address: f"{named} changed while DVC recorded it, so nothing is recorded"}
    assert recorder.recorded == [other]
    assert recorded(root, score) is None
    assert recorded(root, other) == before[1]
    assert read_made(root, score.address) is None
    assert runs(root) <= before[0]
    # DVC can read its lock, and runs the stage again.
    said = ran.dvc("status", f"{score.lock.removesuffix('dvc.lock')}dvc.yaml:{score.address}")
    assert said.returncode == 0, said.stderr
    assert score.address in said.stdout


def test_a_stage_that_stands_alone_in_its_lock_leaves_none(ran: Workspace, scores: list[Asked]) -> None:
    root, score = ran.root, scores[0]
    (root / score.lock).unlink()
    failed: dict[Address, str] = {}
    made = made_of(root, score)
    recorder = Recorder(
        root, Late(root, lambda: (root / score.inputs[0]).write_text("edited")), failed.__setitem__
    )
    recorder.add(score, made)
    recorder.close()
    assert [*failed] == [score.address]
    assert not (root / score.lock).exists()


def test_what_dvc_refused_keeps_what_was_recorded_before(ran: Workspace, scores: list[Asked]) -> None:
    """That was of other inputs, and so are the results that stand in the run cache for it."""
    root, score = ran.root, scores[0]
    before = recorded(root, score)
    path = root / score.inputs[0]
    path.write_text("other")
    made = made_of(root, score)
    failed: dict[Address, str] = {}
    recorder = Recorder(root, Late(root, lambda: path.unlink(missing_ok=True)), failed.__setitem__)
    recorder.add(score, made)
    recorder.close()
    assert "DVC did not record it" in failed[score.address]
    assert recorded(root, score) == before


def test_a_table_is_made_of_what_was_there(ran: Workspace) -> None:
    root = ran.root
    graph = compile_specs(root, ran.specs()).graph
    address = next(stage for stage in graph.stages if stage.startswith("table-"))
    table = asked(address, graph.stages[address])
    dvc = Dvc(root)
    assert dvc.make(table) == ""
    assert recorded(root, table)

    class Edited(Dvc):
        def repro(self, stages: Sequence[Asked]) -> str:
            (root / table.inputs[0]).write_text("edited")
            return super().repro(stages)

    assert "was changed while DVC recorded it" in Edited(root).make(table)
    assert not (root / table.lock).exists() or recorded(root, table) is None
    (root / table.inputs[0]).unlink()
    assert dvc.make(table) == f"failed to reproduce '{address}'"
