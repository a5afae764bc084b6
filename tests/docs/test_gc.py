"""docs/how-to/gc.md: what it shows is what `banc gc` prints, but for the sizes."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from banc.compiler import apply, compile_specs
from banc.workspace import template

SIZE = re.compile(r" *[\d.]+ k?[MG]?B\b")


def test_what_is_shown_is_what_is_printed(
    checkout: Path, tmp_path: Path, tests_module: Callable[[str], Any]
) -> None:
    """By size, so in another order."""
    root = tmp_path / "workspace"
    (root / ".dvc").mkdir(parents=True)
    (root / "spec").mkdir()
    (root / ".gitignore").write_text("/runs/\n/.dvc/\n/.banc/\n")
    file = root / "spec/quickstart.toml"
    file.write_text(template())
    tests_module("plan/finished.py").finish(root, compile_specs(root, [file]))
    assert "seeds = [0, 1]" in template()
    file.write_text(template().replace("seeds = [0, 1]", "seeds = [0]"))
    apply(root, compile_specs(root, [file]))
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "1"]):
        command = ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", *arguments]
        subprocess.run(command, cwd=root, check=True)
    done = subprocess.run(
        [sys.executable, "-m", "banc", "gc"], cwd=root, capture_output=True, text=True, check=True
    )
    page = (checkout / "docs/how-to/gc.md").read_text()
    match = re.search(r"<!-- gc: seed -->\n```\n(.*?)```\n", page, flags=re.DOTALL)
    assert match is not None
    assert sorted(SIZE.sub("", done.stdout).splitlines()) == sorted(SIZE.sub("", match[1]).splitlines())
