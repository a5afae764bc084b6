"""A spec's name stands for its file, in every command that takes specs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from banc.cli.spec_path import spec_path

Banc = Callable[..., Any]


@pytest.mark.parametrize("command", ["check", "compile", "graph", "models", "plan", "report"])
def test_a_name_and_its_file_say_the_same(banc: Banc, workspace: Path, command: str) -> None:
    banc("compile")
    by_name, by_file = banc(command, "a-table"), banc(command, "spec/a-table.toml")
    assert (by_name.code, by_name.err) == (0, "")
    assert by_name.out == by_file.out


def test_what_is_no_name_is_a_path(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (workspace / "b").write_text("")
    (workspace / "spec/b.toml").write_text("")
    for text in ("b", "spec/a-table.toml", "./a-table", "a-table.toml"):
        assert spec_path(text) == Path(text)
    monkeypatch.chdir(workspace / "spec")
    assert spec_path("a-table").read_text() == (workspace / "spec/a-table.toml").read_text()
    monkeypatch.chdir(workspace.parent)
    assert spec_path("a-table") == Path("a-table")


def test_a_name_that_nobody_has(banc: Banc, workspace: Path) -> None:
    done = banc("report", "a-tabel")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "error: no spec is called `a-tabel`\nhint: did you mean `a-table`? `spec/` has `a-table`\n"
    )
