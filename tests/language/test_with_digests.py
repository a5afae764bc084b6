"""Files that a spec names: digested when it is read, and refused where they are not in the workspace."""

from __future__ import annotations

import hashlib
import shutil
import tomllib
from pathlib import Path

import pytest

from banc.config.model import FactoryNetwork
from banc.language.codes import Code
from banc.language.fault import Fault
from banc.language.load import load
from banc.language.source import SpecError

SPEC = """\
banc   = 1
title  = "My own network"
data   = "digits"
recipe = "wide-resnet"
seeds  = [0]

[models]
mine = { family = "factory", file = "networks/mine.py", function = "make" }

[lineages.ban]
models      = "mine"
generations = 1

[table]
rows    = "mine"
columns = ["teacher", "ban-1"]
"""
CODE = "raise SystemExit('reading a spec runs nothing')\n"


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """A spec in a workspace, with its network's file."""
    for folder in (".dvc", "networks", "spec"):
        (tmp_path / folder).mkdir()
    (tmp_path / "networks/mine.py").write_text(CODE)
    path = tmp_path / "spec/own.toml"
    path.write_text(SPEC)
    return path


def faults(path: Path) -> list[Fault]:
    with pytest.raises(SpecError) as caught:
        load(path)
    return caught.value.faults


def test_the_files_bytes_are_digested(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = hashlib.sha256(CODE.encode()).hexdigest()
    expected = {"mine": FactoryNetwork("networks/mine.py", "make", digest)}
    assert load(spec).spec.models == expected
    # The spec says where the workspace is, not where one stands.
    monkeypatch.chdir(spec.parent)
    assert load(Path("own.toml")).spec.models == expected


def test_a_comment_in_the_file_makes_another_network(spec: Path) -> None:
    before = load(spec).spec.models
    (spec.parent.parent / "networks/mine.py").write_text(CODE + "# a comment\n")
    assert load(spec).spec.models != before


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("networks/yours.py", "is not there"),
        ("networks", "is not a plain relative path to a Python file in the workspace"),
        ("../networks/mine.py", "is not a plain relative path"),
        ("networks/../networks/mine.py", "is not a plain relative path"),
        ("./networks/mine.py", "is not a plain relative path"),
        ("networks//mine.py", "is not a plain relative path"),
        ("/networks/mine.py", "is not a plain relative path"),
        ("", "is not a plain relative path"),
        ("networks/\\u0000.py", "is not a plain relative path"),
        ("networks/\\u001b.py", "is not a plain relative path"),
        ("networks/folder.py", "cannot be read: is a directory"),
    ],
)
def test_a_file_that_cannot_be_used_is_a_fault_at_its_name(spec: Path, file: str, says: str) -> None:
    (spec.parent.parent / "networks/folder.py").mkdir()
    spec.write_text(SPEC.replace("networks/mine.py", file))
    (fault,) = faults(spec)
    assert fault.code is Code.NO_FILE
    meant = tomllib.loads(f'file = "{file}"')["file"]
    assert fault.message.startswith(f"`{meant}` {says}")
    column = SPEC.splitlines()[7].index('"networks/mine.py"') + 1
    assert (fault.span.line, fault.span.column) == (8, column)


def test_outside_of_a_workspace_there_are_no_files(spec: Path) -> None:
    shutil.rmtree(spec.parent.parent / ".dvc")
    (fault,) = faults(spec)
    assert fault.code is Code.NO_FILE
    assert "there is no `.dvc` folder beside or above it" in fault.message


def test_a_digest_is_not_for_people(spec: Path) -> None:
    spec.write_text(SPEC.replace('function = "make"', f'function = "make", digest = "{"0" * 64}"'))
    (fault,) = faults(spec)
    assert fault.code is Code.UNKNOWN_KEY
    assert fault.message == "unknown key `digest` in `[models.mine]`: it follows from the file"


def test_a_file_that_is_missing_in_the_text_is_one_fault(spec: Path) -> None:
    spec.write_text(SPEC.replace('file = "networks/mine.py", ', ""))
    (fault,) = faults(spec)
    assert fault.code is Code.MISSING_KEY
    assert "`file` is missing" in fault.message
    spec.write_text(SPEC.replace('"networks/mine.py"', "3"))
    (fault,) = faults(spec)
    assert fault.code is Code.WRONG_TYPE
