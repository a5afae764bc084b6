"""docs/how-to/plan.md: what it shows is what `banc plan` prints, and its tables name what there is."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from banc.compiler import compile_specs
from banc.workspace import template

MEASURED = re.compile(
    r"\([\d.]+ k?M?B\)"
    r"|(?<=what it costs on ).*"
    r"|(?<=: )[^:\n]*(?:measured on this device|measured elsewhere|from multiply-adds|of unknown time)(?=\n)"
    r"|; [\d.]+ [kMGT]B free.*"
    r"| \([^()\n]*(?:device|elsewhere|multiply-adds|unknown time)\)"
    r"|(?<=passes) \([^()]*\)"
)
"""What another machine says otherwise: times, what is free, and the sizes of what files stand in for."""


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory: pytest.TempPathFactory, tests_module: Callable[[str], Any]) -> Path:
    """The quickstart, of which everything ran, as far as files tell."""
    root = tmp_path_factory.mktemp("plan") / "workspace"
    (root / ".dvc").mkdir(parents=True)
    (root / "spec").mkdir()
    (root / "spec/quickstart.toml").write_text(template())
    tests_module("plan/finished.py").finish(root, compile_specs(root, [root / "spec/quickstart.toml"]))
    return root


def say(root: Path, old: str, new: str) -> None:
    path = root / "spec/quickstart.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def delete(root: Path) -> None:
    for folder in root.glob("runs/train-*-labels-*"):
        shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("epochs", lambda root: say(root, "epochs  = 40", "epochs  = 60")),
        ("growth", lambda root: say(root, "depth = 22, growth = 12", "depth = 22, growth = 16")),
        ("deleted", delete),
    ],
)
def test_what_is_shown_is_what_is_printed(
    name: str, change: Callable[[Path], None], quickstart: Path, checkout: Path, tmp_path: Path
) -> None:
    """But for times, and the sizes of files, which here are a few bytes."""
    root = shutil.copytree(quickstart, tmp_path / "workspace")
    change(root)
    done = subprocess.run(
        [sys.executable, "-m", "banc", "plan"], cwd=root, capture_output=True, text=True, check=True
    )
    page = (checkout / "docs/how-to/plan.md").read_text()
    match = re.search(rf"<!-- plan: {name} -->\n```\n(.*?)```\n", page, flags=re.DOTALL)
    assert match is not None
    assert MEASURED.sub("", done.stdout) == MEASURED.sub("", match[1])
