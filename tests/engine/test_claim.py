"""Who holds a workspace, and what a killed DVC left in it."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from banc.engine.claim import claim
from banc.errors import BancError
from banc.running import DVC_LOCK


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
