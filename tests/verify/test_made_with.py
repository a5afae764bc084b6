"""What outputs were made with, where that is not what their replay was made with."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from banc.cli.show_verdicts import lines
from banc.stage import files
from banc.verify.compare import Different, Identical


def test_what_a_network_was_made_with_is_shown_where_it_differs(workspace: Any) -> None:
    path = workspace.path(workspace.teacher, files.FACTS)
    facts = json.loads(path.read_text())
    now = dict(facts["made_with"])
    facts["made_with"] |= {"torch": "2.0.0", "code": "f" * 64}
    facts["made_with_before"] = [{**facts["made_with"], "device": "NVIDIA H200"}]
    path.write_text(json.dumps(facts))
    workspace.relock(workspace.teacher)
    verdict = workspace.verify(workspace.teacher)["teacher"]
    assert verdict.outcome == "identical"
    assert verdict.good
    assert {(each.what, each.then, each.now) for each in verdict.environment} == {
        ("torch", "2.0.0", now["torch"]),
        ("code", "f" * 64, now["code"]),
        ("device", "NVIDIA H200", now["device"]),
    }


@pytest.mark.parametrize("facts", ["{", "[]", '{"made_with": 3, "made_with_before": 3}'])
def test_a_networks_facts_that_nobody_can_read_are_told(workspace: Any, facts: str) -> None:
    workspace.path(workspace.teacher, files.FACTS).write_text(facts)
    verdict = workspace.verify(workspace.teacher)["teacher"]
    assert isinstance(verdict.files[files.FACTS], Different)
    assert {each.then for each in verdict.environment} == {"unknown"}


def test_what_a_store_was_made_with_is_shown_beside_its_difference(workspace: Any) -> None:
    """As on a GPU of another year: what the replay does without, and what nobody wrote down."""
    path = workspace.path(workspace.store, files.STORE_FACTS)
    now = json.loads(path.read_text())["made_with"]
    then = {key: each for key, each in now.items() if key != "instructions"}
    then |= {"numpy": "1.26.4", "device": "NVIDIA H200", "driver": "580.65.06"}
    path.write_text(json.dumps({"made_with": then}))
    outputs = workspace.path(workspace.store, files.OUTPUTS)
    store = np.load(outputs)
    store[3, 0, 5] -= 1
    np.save(outputs, store)
    workspace.relock(workspace.store)
    verdict = workspace.verify(workspace.store)["store"]
    assert verdict.outcome == "different"
    assert not verdict.edited
    assert isinstance(verdict.files[files.OUTPUTS], Different)
    assert verdict.files[files.STORE_FACTS] == Identical()
    told = list(lines(verdict, color=False))
    assert [line.strip() for line in told if "made with" in line] == [
        f"made with device NVIDIA H200, now {now['device']}",
        "made with driver 580.65.06, now none",
        f"made with instructions unknown, now {now['instructions']}",
        f"made with numpy 1.26.4, now {now['numpy']}",
    ]


@pytest.mark.parametrize("facts", ["{", "[]"])
def test_a_stores_facts_that_nobody_can_read_are_told(workspace: Any, facts: str) -> None:
    workspace.path(workspace.store, files.STORE_FACTS).write_text(facts)
    verdict = workspace.verify(workspace.store)["store"]
    assert isinstance(verdict.files[files.STORE_FACTS], Different)
    assert {each.then for each in verdict.environment} == {"unknown"}


def test_a_store_of_before_its_facts_were_written_is_missing_them(workspace: Any) -> None:
    """Until `dvc repro` has run it; the lock that does not list them is not called whole."""
    listed = workspace.entry(workspace.store)["outs"]
    outs = [each for each in listed if not each["path"].endswith(files.STORE_FACTS)]
    workspace.path(workspace.store, files.STORE_FACTS).unlink()
    workspace.edit_lock(workspace.store, {"outs": outs})
    verdict = workspace.verify(workspace.store)["store"]
    assert verdict.outcome == "missing"
    assert verdict.reason == f"output `{files.folder(workspace.store)}/outputs.json` is not there"
    (edit,) = verdict.edited
    assert (edit.recorded, edit.found) == ("not listed", "an output of this stage")
