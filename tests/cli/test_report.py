"""What is printed where; ``tests/report`` has the tables themselves."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Banc = Callable[..., Any]


def test_a_table_is_shown_before_anything_ran(banc: Banc, workspace: Path) -> None:
    done = banc("report", "spec/a-table.toml")
    assert (done.code, done.err) == (0, "")
    assert "A table" in done.out
    assert "…" in done.out
    assert "\x1b" not in done.out


@pytest.mark.parametrize("format", ["terminal", "markdown", "latex", "csv", "json"])
def test_a_file_gets_what_the_terminal_would(banc: Banc, workspace: Path, format: str) -> None:
    printed = banc("report", "spec/a-table.toml", "--format", format)
    written = banc("report", "spec/a-table.toml", "--format", format, "-o", "paper/table")
    assert written.out == "wrote paper/table\n"
    assert (workspace / "paper/table").read_text() == printed.out
    if format == "json":
        json.loads(printed.out)


def test_without_a_spec_it_reports_what_is_linked(banc: Banc, workspace: Path, monkeypatch: Any) -> None:
    nothing = banc("report")
    assert nothing.code == 2
    assert "nothing is linked yet" in nothing.err
    text = (workspace / "spec/a-table.toml").read_text()
    (workspace / "spec/b.toml").write_text(text.replace("A table", "Another"))
    banc("compile", "spec/b.toml")
    assert banc("report").out == banc("report", "spec/b.toml").out
    banc("compile")
    monkeypatch.chdir(workspace / "spec")
    both = banc("report")
    assert "A table" in both.out and "Another" in both.out


def test_a_link_is_written_through(banc: Banc, workspace: Path) -> None:
    (workspace / "real.md").write_text("old")
    (workspace / "link.md").symlink_to("real.md")
    banc("report", "spec/a-table.toml", "--format", "markdown", "-o", "link.md")
    assert (workspace / "link.md").is_symlink()
    assert "A table" in (workspace / "real.md").read_text()


def test_what_is_no_file_is_not_replaced(banc: Banc, workspace: Path) -> None:
    os.mkfifo(workspace / "pipe")
    done = banc("report", "spec/a-table.toml", "-o", "pipe")
    assert done.code == 2
    assert "is no file" in done.err
    assert (workspace / "pipe").is_fifo()
