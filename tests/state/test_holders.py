from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from banc import running as module
from banc.runner.process.guard import stage_lock
from banc.stage.kinds import Address
from banc.state.holders import FOLDER, holders
from banc.state.state import Holder

Write = Callable[..., Path]
ADDRESS = Address("train-a-0123456789ab")
OTHER = Address("train-b-0123456789ab")
HOLD = """
import sys
from pathlib import Path
from banc.runner.process.guard import stage_lock
with stage_lock(Path(sys.argv[1]), sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("listed", [True, False])
def test_who_runs_a_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listed: bool) -> None:
    """Another process, by the lock that a stage takes; also where the system lists no locks."""
    if not listed:
        monkeypatch.setattr(module, "HELD", tmp_path / "no such file")
    elif not module.HELD.exists():
        pytest.skip("not on this system")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path, ADDRESS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        expected = {ADDRESS: Holder(process.pid, os.uname().nodename)}
        assert holders(tmp_path, [ADDRESS, OTHER]) == expected
        assert holders(tmp_path, [OTHER]) == {}
        process.communicate("")
    # The file stays, and nobody holds it.
    assert (tmp_path / FOLDER / f"{ADDRESS}.lock").exists()
    assert holders(tmp_path, [ADDRESS]) == {}


def test_looking_does_not_take_the_lock(tmp_path: Path) -> None:
    with stage_lock(tmp_path, OTHER):
        pass
    for _ in range(20):
        holders(tmp_path, [OTHER])
        with stage_lock(tmp_path, OTHER):
            assert holders(tmp_path, [OTHER])


def test_a_file_that_says_nothing_or_another_machine(tmp_path: Path, write: Write) -> None:
    assert holders(tmp_path, [ADDRESS]) == {}
    for text in ("", "nonsense", f"process {os.getpid()} on another-machine\n", "process 99999999 on \n"):
        write(f"{FOLDER}/{ADDRESS}.lock", text)
        assert holders(tmp_path, [ADDRESS]) == {}
