"""That DVC is at work, as ``state.read`` sees it: a real ``dvc repro`` is in ``tests/dvc/test_status.py``."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

import pytest

from banc.config.data import Digits
from banc.running import DVC_LOCK, HELD
from banc.stage.address import address
from banc.stage.kinds import Data
from banc.state.read import read

DATA = Data(Digits(train=20))
ADDRESS = address(DATA)


def rwlock(root: Path, process: int) -> None:
    info = {"pid": process, "cmd": "dvc"}
    path = root / ".dvc/tmp/rwlock"
    path.parent.mkdir(parents=True, exist_ok=True)
    write = {f"{root}/runs/{ADDRESS}/data.json": info, f"{root}/elsewhere": info}
    path.write_text(json.dumps({"write": write}))


def test_whose_outputs_it_writes(tmp_path: Path) -> None:
    assert read(tmp_path, {ADDRESS: DATA}).at_work == frozenset()
    rwlock(tmp_path, os.getpid())
    assert read(tmp_path, {ADDRESS: DATA}).at_work == {ADDRESS}
    assert read(tmp_path, {}).at_work == frozenset()
    rwlock(tmp_path, 2**22 + 1)  # more than there can be
    assert read(tmp_path, {ADDRESS: DATA}).at_work == frozenset()
    for text in ("", "[" * 100_000, "3", '{"write": 3}', '{"write": {"x": {}}}'):
        (tmp_path / ".dvc/tmp/rwlock").write_text(text)
        assert read(tmp_path, {ADDRESS: DATA}).at_work == frozenset()


@pytest.mark.skipif(not HELD.exists(), reason="not on this system")
def test_whether_it_holds_its_lock(tmp_path: Path) -> None:
    lock = tmp_path / DVC_LOCK
    lock.parent.mkdir(parents=True)
    lock.write_text(" 123\n")
    assert not read(tmp_path, {}).dvc_locks
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert read(tmp_path, {}).dvc_locks
    assert not read(tmp_path, {}).dvc_locks
