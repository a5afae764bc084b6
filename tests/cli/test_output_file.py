"""No file that somebody needs is overwritten by a slip of the hand."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Banc = Callable[..., Any]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (
            "spec/a-table.toml",
            "error: `spec/a-table.toml` is a spec, and would be overwritten\nhint: name an",
        ),
        ("link.md", "error: `link.md` is a spec, and would be overwritten\n"),
        ("dvc.yaml", "error: `dvc.yaml` is in a place that banc, DVC or git keep: `dvc.yaml`\n"),
        ("dvc.lock", "keep: `dvc.lock`\n"),
        ("pipelines/digits/dvc.lock", "keep: `pipelines/`\n"),
        ("runs/table.md", "keep: `runs/`\n"),
        (".banc/jobs.jsonl", "keep: `.banc/`\n"),
        (".dvc/config", "keep: `.dvc/`\n"),
        ("results/a-table/results.json", "keep: `results/`\n"),
        ("spec", "error: `spec` is no file\n"),
        ("pipe", "error: `pipe` is no file\n"),
    ],
)
@pytest.mark.parametrize("command", [("report", "--output"), ("plan", "--out")])
def test_a_place_of_somebody_else_is_refused(
    banc: Banc, workspace: Path, command: tuple[str, str], path: str, told: str
) -> None:
    spec = workspace / "spec/a-table.toml"
    (workspace / "link.md").symlink_to(spec)
    os.mkfifo(workspace / "pipe")
    before = spec.read_text()
    there = sorted(workspace.rglob("*"))
    name, option = command
    done = banc(name, spec, option, path)
    assert done.code == 2
    assert told in done.err
    assert spec.read_text() == before
    # A plan may remember what it has read.
    assert [path for path in sorted(workspace.rglob("*")) if ".banc" not in path.parts] == there


@pytest.mark.parametrize("path", ["table.md", "results/a-table/table.md", "spec/table.md", "../table.md"])
def test_any_other_place_is_a_persons(banc: Banc, workspace: Path, path: str) -> None:
    done = banc("report", "spec/a-table.toml", "--output", path)
    assert (done.code, done.out) == (0, f"wrote {path}\n")
    assert "A table" in (workspace / path).read_text()
