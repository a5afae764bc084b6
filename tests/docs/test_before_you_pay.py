"""docs/how-to/before-you-pay.md: a newcomer's walk; what it shows is what the commands print."""

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
    r"(?<=what it costs on ).*"
    r"|(?<=time on ).*"
    r"|(?<=: )[^:\n]*(?:measured on this device|measured elsewhere|from multiply-adds)(?=\n)"
    r"|; [\d.]+ [kMGT]B free.*"
    r"| \([^()\n]*(?:device|elsewhere|multiply-adds)\)"
    r"|(?<=passes) \([^()]*\)"
    r"|\b\d+\.\d\d\b"
)
"""What another machine, or another training, says otherwise."""
COMMANDS = ["plan: students", "diff: students", "explain: 4.60"]


def block(page: str, name: str) -> str:
    match = re.search(rf"<!-- {re.escape(name)} -->\n```\n(.*?)```\n", page, flags=re.DOTALL)
    assert match is not None
    return match[1]


@pytest.fixture(scope="module")
def page(checkout: Path) -> str:
    return (checkout / "docs/how-to/before-you-pay.md").read_text()


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, tests_module: Callable[[str], Any]) -> Path:
    """The quickstart, of which everything ran, as far as files tell; committed."""
    root = tmp_path_factory.mktemp("pay") / "workspace"
    (root / ".dvc").mkdir(parents=True)
    (root / "spec").mkdir()
    (root / "spec/quickstart.toml").write_text(template())
    content_of = tests_module("provenance/conftest.py").content_of
    compiled = compile_specs(root, [root / "spec/quickstart.toml"])
    tests_module("plan/finished.py").finish(root, compiled, content_of)
    for arguments in (["init", "-q"], ["add", "spec"], ["commit", "-qm", "1"]):
        command = ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", *arguments]
        subprocess.run(command, cwd=root, check=True)
    return root


def banc(root: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "banc", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout


def test_the_spec_of_the_page_is_that_of_the_workspace(page: str, finished: Path, tmp_path: Path) -> None:
    """With the two tables of the page in place of its own, the plan and the difference are the page's."""
    root = shutil.copytree(finished, tmp_path / "workspace", symlinks=True)
    (text,) = re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL)
    spec = template()
    for table in text.split("\n\n"):
        head = table.split("\n", 1)[0]
        old = re.search(rf"{re.escape(head)}.*?\n\n", spec, flags=re.DOTALL)
        assert old is not None
        spec = spec.replace(old[0], table.rstrip("\n") + "\n\n")
    (root / "spec/quickstart.toml").write_text(spec)
    for name in COMMANDS[:2]:
        printed = banc(root, name.partition(":")[0])
        assert MEASURED.sub("", printed) == MEASURED.sub("", block(page, name))


def test_a_number_is_found(page: str, finished: Path) -> None:
    """Numbers here are made up, so that of the same cell is asked about."""
    number = banc(finished, "explain", "densenet/ban-2").split(" ", 1)[0]
    said = block(page, "explain: 4.60").removesuffix("...\n")
    printed = banc(finished, "explain", number)
    assert MEASURED.sub("", printed).startswith(MEASURED.sub("", said))
    assert "banc explain 4.60" in page and said.startswith("4.60 ")


def test_the_status_is_that_of_its_page(page: str, checkout: Path) -> None:
    """Which is held by ``test_status.py``."""
    of_its_page = (checkout / "docs/how-to/status.md").read_text()
    assert block(page, "status: example") == block(of_its_page, "status: example")
