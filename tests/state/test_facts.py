from __future__ import annotations

import json
from pathlib import Path

import pytest

from banc.state.facts import facts
from banc.state.memory import Memory
from banc.state.state import Facts


def test_what_files_say(tmp_path: Path) -> None:
    made, before = {"torch": "2.8", "device": "cpu"}, {"torch": "2.7"}
    network = {"parameters": 12, "made_with": made, "made_with_before": [before]}
    (tmp_path / "model.json").write_text(json.dumps(network))
    (tmp_path / "outputs.json").write_text(json.dumps({"made_with": made}))
    told = facts(Memory(tmp_path), tmp_path, ["model.json", "outputs.json", "missing.json"])
    assert told == {"model.json": Facts(12, made, (before,)), "outputs.json": Facts(None, made)}


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "\0", "[" * 100_000, '{"made_with": 3}', '{"parameters": "a"}']
)
def test_what_is_damaged_says_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "model.json").write_text(text)
    told = facts(Memory(tmp_path), tmp_path, ["model.json"])
    assert told in ({}, {"model.json": Facts(None, {})})
    (tmp_path / "model.json").write_bytes(b'{"made_with": {"device": "\xff"}}')
    assert facts(Memory(tmp_path), tmp_path, ["model.json"]) == {}
