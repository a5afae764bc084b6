"""How wide the output is."""

from __future__ import annotations

import os
import pty
from pathlib import Path

import pytest

from banc.cli.terminal import width


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (None, 100),
        ("72", 72),
        ("240", 240),
        ("", 100),
        ("0", 100),
        ("-3", 100),
        ("wide", 100),
        ("9" * 9, 100),
    ],
)
def test_a_pipe_is_as_wide_as_columns_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: str | None, expected: int
) -> None:
    if columns is None:
        monkeypatch.delenv("COLUMNS", raising=False)
    else:
        monkeypatch.setenv("COLUMNS", columns)
    with (tmp_path / "out").open("w") as stream:
        assert width(stream) == expected


def test_a_terminal_is_as_wide_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb"), os.fdopen(theirs, "w") as stream:
        monkeypatch.setenv("COLUMNS", "61")
        assert width(stream) == 61
