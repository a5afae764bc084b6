from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from banc.errors import BancError
from banc.runner.process.failure_record import record_failure
from banc.runner.process.heartbeat import HeartbeatFile
from banc.stage.heartbeat import FAILURES, PROGRESS
from banc.stage.kinds import Address
from banc.state.progress import LARGEST, failures, heartbeats

Write = Callable[..., Path]
ADDRESS = Address("train-a-0123456789ab")
OTHER = Address("train-b-0123456789ab")


def test_as_the_runner_writes_them(tmp_path: Path) -> None:
    file = HeartbeatFile(tmp_path, ADDRESS, "train")
    file.write(file.first)
    (beat,) = heartbeats(tmp_path, [ADDRESS, OTHER]).values()
    assert (beat.kind, beat.process, beat.host) == ("train", os.getpid(), os.uname().nodename)
    assert heartbeats(tmp_path, [OTHER]) == {}
    file.end()
    assert heartbeats(tmp_path, [ADDRESS]) == {}
    record_failure(tmp_path, ADDRESS, BancError("one\ntwo", hint="three"), "epoch 1 of 2")
    (failure,) = failures(tmp_path, [ADDRESS, OTHER]).values()
    assert (failure.message, failure.hint, failure.where) == ("one", "three", "epoch 1 of 2")


@pytest.mark.parametrize("folder", [PROGRESS, FAILURES])
@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"[]", b"[" * 50_000, b" " * LARGEST + b"{}"],
    ids=lambda text: text[:4],
)
def test_damaged_files_count_as_none(tmp_path: Path, write: Write, folder: str, content: bytes) -> None:
    write(f"{folder}/{ADDRESS}.json", content)
    assert heartbeats(tmp_path, [ADDRESS]) == failures(tmp_path, [ADDRESS]) == {}


def test_what_is_no_file_keeps_nobody_waiting(tmp_path: Path) -> None:
    (tmp_path / PROGRESS).mkdir(parents=True)
    os.mkfifo(tmp_path / PROGRESS / f"{ADDRESS}.json")
    (tmp_path / FAILURES).write_text("a file in the place of the folder")
    assert heartbeats(tmp_path, [ADDRESS]) == failures(tmp_path, [ADDRESS]) == {}
