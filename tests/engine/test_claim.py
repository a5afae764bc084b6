"""A workspace is claimed by one command at a time, and who is refused hears by which."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from banc.engine.claim import claim
from banc.errors import BancError, UsageError
from banc.running import DVC_LOCK, running


@pytest.mark.parametrize("command", ["banc repro", "banc submit"])
def test_who_holds_it_is_named(tmp_path: Path, command: str) -> None:
    with claim(tmp_path, command):
        assert [str(who) for who in running(tmp_path)] == [f"`{command}` (process {os.getpid()})"]
        with pytest.raises(UsageError, match=f"`{command}` .* is running in this workspace"), claim(tmp_path):
            pass
        refused = pytest.raises(UsageError, match="is running in this workspace")
        with refused, claim(tmp_path, beside=lambda who: True):
            pass
    assert running(tmp_path) == ()


@pytest.mark.parametrize("half", ["", '{"read": {"/a": [{"pid": 1, "cm'])
def test_half_a_rwlock_of_a_killed_dvc_goes_and_a_whole_one_stays(tmp_path: Path, half: str) -> None:
    rwlock = tmp_path / ".dvc/tmp/rwlock"
    rwlock.parent.mkdir(parents=True)
    rwlock.write_text('{"read": {}}')
    with claim(tmp_path):
        pass
    assert rwlock.read_text() == '{"read": {}}'
    rwlock.write_text(half)
    with (tmp_path / DVC_LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(BancError, match="is running"), claim(tmp_path):
            pass
    assert rwlock.read_text() == half
    with claim(tmp_path):
        assert not rwlock.exists()
