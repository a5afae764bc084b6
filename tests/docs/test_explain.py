"""docs/how-to/explain.md: what it shows is what `banc explain` prints."""

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

BLOCKS = [
    "explain: densenet/ban-2",
    "explain: wide-resnet/transfer --seed 1",
    "explain: densenet/teacher --if-changed",
    "explain after an edit: wide-resnet/transfer",
]
# What a training gives, and on what: the page's is a real one.
MEASURED = [
    (re.compile(r"\b\d+\.\d\d\b"), "ERROR"),
    (re.compile(r"loss \S+ nats, over [\d,]+"), "LOSS"),
    (re.compile(r"md5 [0-9a-f]+"), "MD5"),
    (re.compile(r"made with  .*"), "MADE WITH"),
]


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory: pytest.TempPathFactory, tests_module: Callable[[str], Any]) -> Path:
    """The quickstart, of which everything ran, as far as files tell."""
    root = tmp_path_factory.mktemp("explain") / "workspace"
    (root / ".dvc").mkdir(parents=True)
    (root / "spec").mkdir()
    (root / "spec/quickstart.toml").write_text(template())
    content_of = tests_module("provenance/conftest.py").content_of
    compiled = compile_specs(root, [root / "spec/quickstart.toml"])
    tests_module("plan/finished.py").finish(root, compiled, content_of)
    return root


@pytest.mark.parametrize("block", BLOCKS)
def test_what_is_shown_is_what_is_printed(
    block: str, quickstart: Path, checkout: Path, tmp_path: Path
) -> None:
    how, _, words = block.partition(": ")
    root = quickstart
    if "edit" in how:
        root = shutil.copytree(quickstart, tmp_path / "workspace")
        spec = root / "spec/quickstart.toml"
        assert "epochs  = 40" in spec.read_text()
        spec.write_text(spec.read_text().replace("epochs  = 40", "epochs  = 60"))
    done = subprocess.run(
        [sys.executable, "-m", "banc", "explain", *words.split()],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    page = (checkout / "docs/how-to/explain.md").read_text()
    match = re.search(rf"<!-- {re.escape(block)} -->\n```\n(.*?)\n(\.\.\.\n)?```\n", page, flags=re.DOTALL)
    assert match is not None
    said, printed = _plain(match[1]).split("\n"), _plain(done.stdout.rstrip("\n")).split("\n")
    assert said == (printed[: len(said)] if match[2] else printed)


def _plain(text: str) -> str:
    for pattern, word in MEASURED:
        text = pattern.sub(word, text)
    return text


def test_every_block_is_held(checkout: Path) -> None:
    page = (checkout / "docs/how-to/explain.md").read_text()
    assert sorted(re.findall(r"<!-- (explain.*?) -->", page)) == sorted(BLOCKS)
