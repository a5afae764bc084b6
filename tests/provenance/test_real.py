"""With real training and the real DVC: whatever the tree says is what files say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from banc.state.timings import timings

Workspace = Any

SPEC = """banc = 1
title = "T"
data = { set = "digits", train = 20 }
seeds = [0]
recipe = { epochs = 1, batch = 10, augment = { pad = 0, flip = false } }
[models]
dense = { family = "densenet-bc", depth = 10, growth = 2 }
[lineages.ban]
models = "dense"
generations = 1
teacher_outputs = "live"
[table]
rows = "dense"
columns = ["ban-1"]
"""


def stages(node: Any) -> Iterator[dict[str, Any]]:
    """Every stage in a tree of JSON."""
    if isinstance(node, list):
        for item in node:
            yield from stages(item)
    elif isinstance(node, dict):
        if "parameter_file" in node:
            yield node
        for item in node.values():
            yield from stages(item)


def test_a_cell_of_a_real_table(new_workspace: Callable[[str], Workspace]) -> None:
    made = new_workspace("banc")
    root: Path = made.root
    (root / "spec/t.toml").write_text(SPEC)
    made.compile()
    did = made.repro()
    assert set(did.values()) == {"ran"}
    told = json.loads(made.call("banc", "explain", "dense/ban-1", "--format", "json").stdout)
    cell = told["tree"]
    (result,) = cell["score"]["results"]
    metrics = json.loads((root / result["file"]).read_text())
    assert result["metrics"] == metrics
    assert cell["mean"] == metrics["test_error"]
    printed = made.call("banc", "explain", "dense/ban-1").stdout.splitlines()[0]
    assert printed == f"{metrics['test_error']:.2f}   dense/ban-1 of t"
    assert f"dense    {metrics['test_error']:.2f}\n" in made.call("banc", "report").stdout
    (student,) = cell["score"]["members"]
    (teacher,) = student["teachers"]
    assert (teacher["outputs"], teacher["network"]["run"]) == ("live", "dense/teacher")
    found = {stage["address"]: stage for stage in stages(cell)}
    # All but the score of the teacher, and the table, which stand beside and below.
    assert {address for address in did if "labels" not in address or address.startswith("train-")} - {
        "table-t"
    } == set(found)
    took = {timing.address: timing.whole for timing in timings(root).here}
    for stage in found.values():
        assert stage["timing"]["seconds"] == took[stage["address"]] > 0
        assert stage["now"]["action"] == "keep"
        lock = (root / stage["lock"]).read_text()
        for output in stage["outputs"]:
            content = (root / output["path"]).read_bytes()
            digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
            assert output["recorded"] == output["now"] == {"md5": digest, "bytes": len(content)}
            assert digest in lock
        if stage["facts"] is not None:
            assert (
                stage["facts"]["made_with"]
                == json.loads((root / stage["facts"]["file"]).read_text())["made_with"]
            )
    (trained,) = student["stages"]
    facts = json.loads((root / trained["facts"]["file"]).read_text())
    assert student["model"]["parameters"] == facts["parameters"] == metrics["parameters"]
    assert set(facts["made_with"]) >= {"torch", "device", "code"}
