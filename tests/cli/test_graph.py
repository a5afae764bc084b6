from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Banc = Callable[..., Any]


@pytest.mark.parametrize(
    ("format", "start"), [("text", "A table ("), ("mermaid", "flowchart"), ("dot", "digraph")]
)
def test_a_spec_is_drawn(banc: Banc, workspace: Path, format: str, start: str) -> None:
    done = banc("graph", "spec/a-table.toml", "--format", format)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(start)
    assert "a: ban-1" in done.out


def test_text_is_the_default_and_needs_no_workspace(
    banc: Banc, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = banc("graph", workspace / "spec/a-table.toml", "--format", "text")
    monkeypatch.chdir(workspace.parent)
    assert banc("graph", workspace / "spec/a-table.toml").out == named.out
