from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from banc.stage.kinds import Address
from banc.stage.made import (
    FOLDER,
    MADE_OF,
    Announced,
    announce,
    announced,
    forget,
    note,
    read_made,
    stands,
    versions,
)

STAGE = Address("score-x-0123456789ab")
MD5 = hashlib.md5(b"input").hexdigest()
OUTPUTS = [f"runs/{STAGE}/metrics.json"]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace in which the stage has run."""
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs/a").write_text("input")
    for name, value in announce(tmp_path, STAGE, of(tmp_path)).items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "staging"
    folder.mkdir()
    (folder / "metrics.json").write_text("{}")
    # A file system may count time in steps so coarse that what a test writes next seems as old.
    os.utime(folder / "metrics.json", (0, 0))
    note(tmp_path, STAGE, folder)
    folder.rename(tmp_path / "runs" / STAGE)
    return tmp_path


def test_what_was_noted_before_publishing_is_what_is_there_after(made: Path) -> None:
    noted = read_made(made, STAGE)
    assert noted
    assert noted.inputs == {"runs/a": MD5}
    assert stands(made, noted, OUTPUTS)


def test_other_files_are_not_what_was_made(made: Path) -> None:
    noted = read_made(made, STAGE)
    assert noted
    path = made / OUTPUTS[0]
    path.rename(made / "kept")
    assert not stands(made, noted, OUTPUTS)
    path.write_text("{}")  # the same bytes, by somebody else
    os.utime(path, ns=(0, (made / "kept").stat().st_mtime_ns))
    assert not stands(made, noted, OUTPUTS)
    path.unlink()
    (made / "kept").rename(path)
    assert stands(made, noted, OUTPUTS)
    path.write_text("[]")
    assert not stands(made, noted, OUTPUTS)


def of(root: Path) -> Announced:
    return Announced({"runs/a": MD5}, versions(root, ["runs/a", "runs/b", "runs/a/c"]))


def test_the_stage_hears_what_its_starter_saw(made: Path) -> None:
    there = (made / "runs/a").stat()
    expected = (there.st_ino, there.st_size, there.st_mtime_ns, there.st_ctime_ns)
    assert announced() == of(made) == Announced({"runs/a": MD5}, {"runs/a": expected})


def test_of_another_run_nothing_is_left(made: Path) -> None:
    announce(made, STAGE, Announced({}, {}))
    assert read_made(made, STAGE) is None
    forget(made, STAGE)
    assert not list((made / FOLDER).iterdir())


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "{}", "[" * 100_000),
        *('{"inputs": 1, "outputs": {}}', '{"inputs": {}, "outputs": {"a": 1}}'),
    ],
)
def test_what_is_damaged_counts_for_nothing(made: Path, text: str) -> None:
    (made / FOLDER / f"{STAGE}.json").write_text(text)
    assert read_made(made, STAGE) is None


def test_a_pipe_keeps_nobody_waiting(made: Path) -> None:
    forget(made, STAGE)
    os.mkfifo(made / FOLDER / f"{STAGE}.json")
    assert read_made(made, STAGE) is None


def test_a_stage_that_nobody_asks_notes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(MADE_OF, raising=False)
    note(tmp_path, STAGE, tmp_path)
    assert not list(tmp_path.iterdir())
