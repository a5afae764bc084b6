"""What docs/how-to/add-a-network.md tells a reader to do, done in a copy of the package."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
COPIED = ("banc", "tests", "docs", "spec", "pyproject.toml", "README.md")


@pytest.fixture(scope="module")
def manual(checkout: Path) -> list[tuple[str, str, str]]:
    """Each block's language, the file it is about, and its text."""
    text = (checkout / "docs/how-to/add-a-network.md").read_text()
    return [(found[1], found[2] or "", found[3]) for found in FENCE.finditer(text)]


def edit(text: str, diff: str) -> str:
    """``text`` after a diff without line numbers, each part of which fits in one place."""
    for part in diff.split("@@\n"):
        lines = part.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] in " -")
        after = "".join(line[1:] for line in lines if line[0] in " +")
        assert before
        assert text.count(before) == 1, f"the text has changed here:\n{before}"
        text = text.replace(before, after)
    return text


@pytest.fixture(scope="module")
def copy(
    checkout: Path, manual: list[tuple[str, str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The package with the network that the page adds."""
    root = tmp_path_factory.mktemp("copy")
    for name in COPIED:
        if (checkout / name).is_dir():
            shutil.copytree(checkout / name, root / name)  # bytecode as well
        else:
            shutil.copy(checkout / name, root / name)
    for language, name, text in manual:
        path = root / name
        if language == "diff":
            path.write_text(edit(path.read_text(), text))
        elif name:
            assert not path.exists(), f"{name} is there already"
            path.write_text(text)
    return root


def python(root: Path, *arguments: str, code: int = 0) -> str:
    environment = {**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def test_the_copy_is_what_runs(copy: Path) -> None:
    assert python(copy, "-c", "import banc; print(banc.__file__)").strip() == str(copy / "banc/__init__.py")


def test_it_takes_two_files_an_entry_and_a_test(manual: list[tuple[str, str, str]]) -> None:
    new = [name for language, name, _ in manual if language == "python"]
    assert new == ["banc/models/plain.py", "banc/config/plain.py", "tests/models/test_plain.py"]
    changed = [name for language, name, _ in manual if language == "diff"]
    entry, lists = changed[:3], changed[3:]
    assert entry == ["banc/config/model.py", "banc/models/build.py", "banc/export/words.py"]
    assert lists == [
        "tests/models/test_build.py",
        "tests/runner/test_revisions.py",
        "tests/config/test_counting.py",
        "tests/config/test_multiply_adds.py",
        "tests/stage/frozen_defaults.toml",
    ]


def test_the_suite_is_content(copy: Path, manual: list[tuple[str, str, str]]) -> None:
    ((_, _, commands),) = (block for block in manual if block[0] == "sh")
    pytest_command, *arguments = commands.splitlines()[0].split()
    assert pytest_command == "pytest"
    python(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments)
    python(
        copy,
        *("-m", "pytest", "-q", "-p", "no:cacheprovider"),
        "tests/models/test_plain.py",
        "tests/models/test_build.py",
        "tests/config/test_counting.py",
        "tests/config/test_multiply_adds.py",
        "tests/stage",
        *arguments[1:],
        *("-k", "plain or Plain or every or schema or classes or default"),
    )


def test_it_is_formatted(copy: Path, manual: list[tuple[str, str, str]]) -> None:
    names = [name for language, name, _ in manual if language in ("diff", "python") and name.endswith(".py")]
    python(copy, "-m", "ruff", "check", "--no-cache", *names)
    python(copy, "-m", "ruff", "format", "--no-cache", "--check", *names)


def test_a_spec_can_say_it(copy: Path, manual: list[tuple[str, str, str]]) -> None:
    assert python(copy, "-m", "banc", "check", "spec/plain.toml") == "1 spec checked: no faults\n"
    ((_, _, shown),) = (block for block in manual if block[0] == "text")
    printed = python(copy, "-m", "banc", "models", "spec/plain.toml")
    assert printed.startswith(shown)
    spec = copy / "spec/plain.toml"
    spec.write_text(spec.read_text().replace("width = 16", "widht = 16"))
    assert "did you mean `width`?" in python(copy, "-m", "banc", "check", "spec/plain.toml", code=2)
