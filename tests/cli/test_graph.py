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


def test_without_a_spec_it_draws_all_of_them(banc: Banc, workspace: Path) -> None:
    """As compile, models and check do."""
    spec = workspace / "spec/a-table.toml"
    (workspace / "spec/b-table.toml").write_text(spec.read_text().replace("A table", "Another"))
    done = banc("graph")
    assert (done.code, done.err) == (0, "")
    headings = [line for line in done.out.splitlines() if "seeds" in line]
    assert headings == ["a-table: A table (digits-20, seeds 0)", "b-table: Another (digits-20, seeds 0)"]
    for picture, box in (("mermaid", "subgraph s1["), ("dot", "subgraph cluster1 {")):
        all_of_them = banc("graph", "--format", picture)
        assert all_of_them.out == banc("graph", "--format", picture, *sorted(Path("spec").glob("*.toml"))).out
        assert all_of_them.out.count(box) == 1


def test_without_a_spec_and_without_specs(banc: Banc, workspace: Path) -> None:
    (workspace / "spec/a-table.toml").unlink()
    done = banc("graph")
    assert (done.code, done.out) == (2, "")
    assert "no spec in `spec/`" in done.err


def test_text_is_the_default_and_a_named_spec_needs_no_workspace(
    banc: Banc, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = banc("graph", workspace / "spec/a-table.toml", "--format", "text")
    monkeypatch.chdir(workspace.parent)
    assert banc("graph", workspace / "spec/a-table.toml").out == named.out
