from __future__ import annotations

import json
from typing import Any

import pytest

from banc.errors import BancError
from banc.stage import files
from banc.stage.kinds import Address, Table

FIRST, SECOND = Address("score-a-000000000000"), Address("score-b-000000000000")


def put(workspace: Any, score: Address, text: str) -> None:
    path = workspace.path(score, files.METRICS)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_every_score_stands_in_it_by_address(workspace: Any) -> None:
    put(workspace, FIRST, '{"test_error": 1.5}')
    put(workspace, SECOND, '{"test_error": 2.5}')
    stage = Table("quickstart", (FIRST, SECOND))
    workspace.run(stage)
    found = json.loads(workspace.path(stage, files.RESULTS).read_text())
    assert found == {"scores": {FIRST: {"test_error": 1.5}, SECOND: {"test_error": 2.5}}}


def test_what_a_person_put_beside_it_stays(workspace: Any) -> None:
    put(workspace, FIRST, "{}")
    notes = workspace.root / "results/quickstart/notes.md"
    notes.parent.mkdir(parents=True)
    notes.write_text("mine")
    workspace.run(Table("quickstart", (FIRST,)))
    assert notes.read_text() == "mine"
    assert not list((workspace.root / ".banc/tmp").iterdir())


def test_damaged_metrics_are_refused_and_the_old_table_stays(workspace: Any) -> None:
    put(workspace, FIRST, "{}")
    stage = Table("quickstart", (FIRST,))
    workspace.run(stage)
    before = workspace.outputs(stage)
    put(workspace, FIRST, '{"test_error": ')
    with pytest.raises(BancError, match=r"metrics.json` is damaged"):
        workspace.run(stage)
    assert workspace.outputs(stage) == before
