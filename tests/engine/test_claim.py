"""A workspace is claimed by one command at a time, and who is refused hears by which."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from banc.engine.claim import claim
from banc.errors import UsageError
from banc.running import running


@pytest.mark.parametrize("command", ["banc repro", "banc submit"])
def test_who_holds_it_is_named(tmp_path: Path, command: str) -> None:
    with claim(tmp_path, command):
        assert [str(who) for who in running(tmp_path)] == [f"`{command}` (process {os.getpid()})"]
        with pytest.raises(UsageError, match=f"`{command}` .* is running in this workspace"), claim(tmp_path):
            pass
        with pytest.raises(UsageError), claim(tmp_path, beside=lambda who: True):
            pass
    assert running(tmp_path) == ()
