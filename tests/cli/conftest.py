"""The command line as a person calls it, in this process where no test needs another."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import frozen

from banc.cli import main

SPEC = """
banc = 1
title = "A table"
data = { set = "digits", train = 20 }
seeds = [0]
recipe = { epochs = 1, augment = { pad = 0, flip = false } }
[models]
a = { family = "densenet-bc", depth = 10, growth = 2 }
[lineages]
ban = { models = "a", generations = 1 }
[table]
rows = "a"
columns = ["teacher", "ban-1"]
"""


@frozen
class Done:
    """How a call ended."""

    code: int
    out: str
    err: str


Banc = Callable[..., Done]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: a workspace, as far as commands that do not call DVC see, with one spec."""
    root = tmp_path.resolve() / "workspace"
    (root / ".dvc").mkdir(parents=True)
    (root / "spec").mkdir()
    (root / "spec/a-table.toml").write_text(SPEC)
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def banc(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Banc:
    """Calls ``banc`` with these arguments."""

    def call(*arguments: str | Path) -> Done:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["banc", *map(str, arguments)])
        # As a script: under `python -m pytest` a page of help would say how that was called.
        monkeypatch.setattr(sys.modules["__main__"], "__package__", None)
        with pytest.raises(SystemExit) as end:
            main()
        captured = capsys.readouterr()
        return Done(int(end.value.code or 0), captured.out, captured.err)

    return call
