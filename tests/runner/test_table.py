from __future__ import annotations

import json
import re
from typing import Any

import attrs
import numpy as np
import pytest

from banc.errors import BancError
from banc.runner.files.npy import write_array
from banc.runner.quality import quality
from banc.stage import files
from banc.stage.kinds import Address, Table
from banc.stage.outcomes import unpacked

FIRST, SECOND = Address("score-a-000000000000"), Address("score-b-000000000000")
METRICS = {"test_error": 1.5, "test_loss": 0.25, "images": 100, "members": 1, "parameters": 1000}

LOG_PROBS = np.log(np.array([[0.75, 0.25], [0.75, 0.25]]))


def put(workspace: Any, score: Address, text: str) -> None:
    path = workspace.path(score, files.METRICS)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    more = attrs.asdict(quality(LOG_PROBS, [LOG_PROBS], np.array([0, 1])))
    workspace.path(score, files.QUALITY).write_text(json.dumps(more))
    write_array(workspace.path(score, files.OUTCOMES), np.array([0, 1], np.uint8))


def test_every_score_stands_in_it_by_address(workspace: Any) -> None:
    put(workspace, FIRST, json.dumps(METRICS))
    other = {**METRICS, "test_error": 2.5}
    put(workspace, SECOND, json.dumps(other))
    stage = Table("quickstart", (FIRST, SECOND))
    workspace.run(stage)
    found = json.loads(workspace.path(stage, files.RESULTS).read_text())
    assert found == {"scores": {FIRST: METRICS, SECOND: other}}


def test_so_do_their_details(workspace: Any) -> None:
    put(workspace, FIRST, json.dumps(METRICS))
    stage = Table("quickstart", (FIRST,))
    workspace.run(stage)
    found = json.loads(workspace.path(stage, files.DETAILS).read_text())["scores"]
    assert list(found) == [FIRST]
    assert unpacked(found[FIRST], 2).tolist() == [0, 1]
    assert found[FIRST]["brier"] == pytest.approx((2 * 0.25**2 + 2 * 0.75**2) / 2)


@pytest.mark.parametrize("name", [files.QUALITY, files.OUTCOMES])
def test_damaged_details_are_refused(workspace: Any, name: str) -> None:
    put(workspace, FIRST, json.dumps(METRICS))
    workspace.path(FIRST, name).write_text("{}")
    with pytest.raises(BancError, match=rf"runs/{FIRST}/{name}` is damaged"):
        workspace.run(Table("quickstart", (FIRST,)))


def test_what_a_person_put_beside_it_stays(workspace: Any) -> None:
    put(workspace, FIRST, json.dumps(METRICS))
    notes = workspace.root / "results/quickstart/notes.md"
    notes.parent.mkdir(parents=True)
    notes.write_text("mine")
    workspace.run(Table("quickstart", (FIRST,)))
    assert notes.read_text() == "mine"
    assert not list((workspace.root / ".banc/tmp").iterdir())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"test_error": ', "it is not what its stage wrote"),
        ("[" * 100_000, "it is not what its stage wrote"),
        ("[]", "the metrics are no table of numbers"),
        ("{}", "`test_error` is null, which it cannot be"),
        (json.dumps({**METRICS, "test_error": float("nan")}), "`test_error` is NaN, which it cannot be"),
        (json.dumps({**METRICS, "images": "many"}), '`images` is "many", which it cannot be'),
    ],
    ids=["cut", "nested", "list", "empty", "nan", "text"],
)
def test_damaged_metrics_are_refused_and_the_old_table_stays(workspace: Any, text: str, why: str) -> None:
    put(workspace, FIRST, json.dumps(METRICS))
    stage = Table("quickstart", (FIRST,))
    workspace.run(stage)
    before = workspace.outputs(stage)
    put(workspace, FIRST, text)
    with pytest.raises(BancError, match=rf"metrics.json` is damaged: {re.escape(why)}"):
        workspace.run(stage)
    assert workspace.outputs(stage) == before
