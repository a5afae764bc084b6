"""Where an export goes: all of it or nothing, and never over what somebody else wrote."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from banc.errors import BancError, UsageError
from banc.export.folder import check_folder, whole_folder
from banc.export.staging import PREFIX


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def write(folder: Path, *files: str, force: bool = False) -> None:
    with whole_folder(folder, force=force) as begun:
        (begun / "config.json").write_text(json.dumps({"banc_export": 1}))
        for name in files:
            (begun / name).write_text("new")


def write_half(folder: Path, error: Exception) -> None:
    with whole_folder(folder, force=False) as begun:
        (begun / "README.md").write_text("half")
        raise error


@pytest.mark.parametrize("existing", [False, True])
def test_all_files_or_none(tmp_path: Path, existing: bool) -> None:
    folder = tmp_path / "a/b"
    if existing:
        folder.mkdir(parents=True)
    with pytest.raises(ZeroDivisionError):
        write_half(folder, ZeroDivisionError())
    assert not folder.exists() or names(folder) == set()
    write(folder, "README.md")
    assert names(folder) == {"README.md", "config.json"}
    assert names(folder.parent) == {"b"}


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="is not empty") as caught:
        check_folder(tmp_path, force=False)
    assert caught.value.hint
    assert "--force" in caught.value.hint
    with pytest.raises(UsageError, match="is no folder"):
        check_folder(tmp_path / "notes.txt", force=True)


@pytest.mark.parametrize("existing", [False, True])
def test_what_a_killed_export_left_goes(tmp_path: Path, existing: bool) -> None:
    folder = tmp_path / "export"
    if existing:
        folder.mkdir()
    left = (folder if existing else tmp_path) / f"{PREFIX}0/export"
    left.mkdir(parents=True)
    (left / "README.md").write_text("half")
    write(folder, "README.md")
    assert names(tmp_path) == {"export"}
    assert names(folder) == {"config.json", "README.md"}
    (tmp_path / "usual").mkdir()
    assert folder.stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_force_replaces_an_export_and_leaves_the_rest(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    write(tmp_path, "README.md", "model.pt2", "model-3.safetensors", force=True)
    write(tmp_path, "README.md", "model.safetensors", force=True)
    assert names(tmp_path) == {"notes.txt", "README.md", "config.json", "model.safetensors"}
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("config", [None, "{", "[]", '{"model_type": "bert"}'])
def test_force_replaces_nobody_elses_files(tmp_path: Path, config: str | None) -> None:
    (tmp_path / "README.md").write_text("mine")
    if config is not None:
        (tmp_path / "config.json").write_text(config)
    with pytest.raises(UsageError, match=r"README.md` is of no earlier export"):
        write(tmp_path, "README.md", force=True)
    assert (tmp_path / "README.md").read_text() == "mine"


def test_a_refusal_of_the_file_system_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BancError, match=r"nothing was exported: .*: `.*file.*`"):
        write(tmp_path / "file/out", "README.md")
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(BancError, match="nothing was exported: no space left on device: `"):
        write_half(tmp_path / "out", full)
    assert names(tmp_path) == {"file"}


def test_the_command_says_what_it_wrote(export: Callable[..., Any], tmp_path: Path) -> None:
    done = export("dense/teacher", "--seed", "0", "--no-program", tmp_path)
    assert (done.code, done.err) == (0, "")
    first, *files = done.out.splitlines()
    assert first.startswith(f"wrote dense teacher seed 0 to {tmp_path}: test error ")
    assert {line.split()[0]: int(line.split()[1].replace(",", "")) for line in files} == {
        path.name: path.stat().st_size for path in tmp_path.iterdir()
    }
    assert export("dense/teacher", "--seed", "0", "--no-program", tmp_path).code == 2
    assert export("dense/teacher", "--seed", "0", "--no-program", "--force", tmp_path).code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("dense/ban-2",), "`dense/ban-2` has the seeds 0 and 1"),
        (("dense/ban-9", "--seed", "0"), "no stage `dense/ban-9` is linked"),
        (("dense/ban-2", "--seed", "0", "--license", "MIT License"), "is no identifier of a licence"),
    ],
)
def test_a_wrong_call_is_told(
    export: Callable[..., Any], tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = export(*arguments, tmp_path / "out")
    assert done.code == 2
    assert said in done.err
    assert list(tmp_path.iterdir()) == []
