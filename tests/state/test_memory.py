from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from banc.state.memory import FILE, HEAD, Memory

Write = Callable[..., Path]


class Reader:
    """Reads texts, and counts."""

    def __init__(self) -> None:
        self.reads = 0

    def __call__(self, path: Path) -> str:
        self.reads += 1
        return path.read_text()


def look(root: Path, read: Reader, *names: str, what: str = "text") -> list[object]:
    memory = Memory(root)
    seen = [memory.recall(what, name, (root / name).stat(), read) for name in names]
    memory.keep()
    return seen


def test_a_second_look_reads_nothing(tmp_path: Path, write: Write) -> None:
    write("a", "one")
    read = Reader()
    assert [look(tmp_path, read, "a") for _ in range(3)] == [["one"]] * 3
    assert read.reads == 1


def test_another_question_about_the_same_file_is_another(tmp_path: Path, write: Write) -> None:
    write("a", "one")
    read = Reader()
    look(tmp_path, read, "a")
    look(tmp_path, read, "a", what="other")
    assert read.reads == 2


def test_what_changed_is_read_again_though_it_is_as_long(tmp_path: Path, write: Write) -> None:
    write("a", "one", ago=60)
    read = Reader()
    look(tmp_path, read, "a")
    write("a", "two", ago=50)
    assert look(tmp_path, read, "a") == ["two"]
    # Another file of the same length and time: the inode tells.
    new = write("b", "six", ago=50)
    when = (tmp_path / "a").stat().st_mtime_ns
    os.utime(new, ns=(when, when))
    new.replace(tmp_path / "a")
    assert look(tmp_path, read, "a") == ["six"]


def test_what_has_just_been_written_is_not_remembered(tmp_path: Path, write: Write) -> None:
    """It may change once more within the clock's smallest step."""
    write("a", "one", ago=-60)  # not even a slow machine takes long enough to look
    read = Reader()
    look(tmp_path, read, "a")
    look(tmp_path, read, "a")
    assert read.reads == 2


def test_what_changes_while_it_is_read_is_not_remembered(tmp_path: Path, write: Write) -> None:
    path = write("a", "one")
    memory = Memory(tmp_path)

    def slow(path: Path) -> str:
        text = path.read_text()
        write("a", "three", ago=30)
        return text

    assert memory.recall("text", "a", path.stat(), slow) == "one"
    memory.keep()
    assert look(tmp_path, Reader(), "a") == ["three"]


def test_what_is_gone_is_dropped_and_what_was_not_asked_stays(tmp_path: Path, write: Write) -> None:
    for name in ("a", "b", "c"):
        write(name, name)
    read = Reader()
    look(tmp_path, read, "a", "b", "c")
    (tmp_path / "c").unlink()
    look(tmp_path, read, "a")
    kept = json.loads((tmp_path / FILE).read_text().partition("\n")[2])
    assert sorted(kept) == ["text a", "text b"]
    look(tmp_path, read, "a", "b")
    assert read.reads == 3


def with_its_digest(text: str) -> bytes:
    """As somebody else may have made it on purpose."""
    return f"{HEAD}{hashlib.sha256(text.encode()).hexdigest()}\n{text}".encode()


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: content.replace(b"one", b"two"),
        lambda content: b"",
        lambda content: b"\xff\x00",
        lambda content: content.replace(b"seen 1", b"seen 2"),
        lambda content: content.partition(b"\n")[2],
        lambda content: with_its_digest("[1]"),
        lambda content: with_its_digest('{"text a": 1}'),
        lambda content: with_its_digest("[" * 100_000),
    ],
)
def test_a_damaged_memory_counts_as_none(
    tmp_path: Path, write: Write, damage: Callable[[bytes], bytes]
) -> None:
    write("a", "one")
    read = Reader()
    look(tmp_path, read, "a")
    file = tmp_path / FILE
    damaged = damage(file.read_bytes())
    assert damaged != file.read_bytes()
    file.write_bytes(damaged)
    assert look(tmp_path, read, "a") == ["one"]
    assert read.reads == 2
    look(tmp_path, read, "a")
    assert read.reads == 2  # and it is whole again


def test_where_nothing_can_be_written_one_can_still_look(tmp_path: Path, write: Write) -> None:
    write("a", "one")
    write(".banc", "in the way of the folder")
    read = Reader()
    assert look(tmp_path, read, "a") == look(tmp_path, read, "a") == ["one"]
    assert read.reads == 2
