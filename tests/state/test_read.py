"""One pass over a workspace that the real DVC and banc have filled is in ``tests/plan/test_truth.py``."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve

from banc.config.data import Digits
from banc.errors import BancError
from banc.stage import timing
from banc.stage.address import address
from banc.stage.files import DATA_ARRAYS
from banc.stage.kinds import Address, Data, Stage
from banc.stage.made import MADE_OF, note
from banc.state.memory import FILE
from banc.state.read import read
from banc.state.state import File, State

Write = Callable[..., Path]
DATA = Data(Digits(train=20))
STAGES: dict[Address, Stage] = {address(DATA): DATA}


def test_an_empty_workspace_is_a_state(tmp_path: Path) -> None:
    found = read(tmp_path, STAGES)
    assert found == State({}, {"dvc.lock": {}}, {}, frozenset(), {}, {}, {}, disk=found.disk)
    assert found.disk is not None and found.disk.free > 0
    assert not (tmp_path / FILE).exists()


def test_what_is_there(tmp_path: Path, write: Write) -> None:
    name = address(DATA)
    write(f"runs/{name}/data.json", "{}")
    write(f"pipelines/digits-20/{name}.json", "{}")
    write("pipelines/digits-20/notes.json", "a person's")
    write("pipelines/old/dvc.lock", "schema: '2.0'\nstages:\n  gone:\n    cmd: x\n")
    state = read(tmp_path, STAGES)
    assert state.generated.keys() == {f"pipelines/digits-20/{name}.json"}
    assert list(state.files) == [f"runs/{name}/data.json"]
    assert state.locks["pipelines/old/dvc.lock"].keys() == {"gone"}
    assert (tmp_path / FILE).is_file()


def test_nobody_waits_for_a_pipe(tmp_path: Path, write: Write) -> None:
    """Opening one waits for somebody who writes into it; a handler ends that, so that this test fails."""

    def late(*_: object) -> None:
        raise TimeoutError

    for name in ("pipelines/a/dvc.yaml", FILE, timing.FILE, f"runs/{address(DATA)}/data.json", "dvc.yaml"):
        write(name, "").unlink()
        os.mkfifo(tmp_path / name)
    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(120)
    try:
        state = read(tmp_path, STAGES)
        assert state.generated == {"dvc.yaml": None}
        assert state.files == {f"runs/{address(DATA)}/data.json": File(None)}
        os.mkfifo(tmp_path / "dvc.lock")
        with pytest.raises(BancError, match="not what DVC writes"):
            read(tmp_path, STAGES)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def test_only_the_runs_that_are_asked_about_are_read(tmp_path: Path, write: Write) -> None:
    """Who asks sees all else first. What a run that is not read names is not looked for in the cache."""
    name, other = address(DATA), Address("data-digits-0123456789ab")
    stages = {**STAGES, other: DATA}
    for of, digit in ((name, "1"), (other, "2")):
        outs = f"- path: a\n  hash: md5\n  md5: '{digit * 32}'\n  size: 1\n"
        write(f".dvc/cache/runs/aa/key{digit}/value", f"cmd: banc run {of}\nouts:\n{outs}")
        write(f".dvc/cache/files/md5/{digit * 2}/{digit * 30}", "x").chmod(0o444)
    asked: list[State] = []

    def one(state: State) -> set[Address]:
        asked.append(state)
        return {name}

    state = read(tmp_path, stages, runs_of=one)
    assert {of: list(several) for of, several in state.runs.items()} == {name: ["key1"]}
    assert state.cached == {"1" * 32}
    assert asked == [evolve(state, runs={}, cached=frozenset())]
    assert read(tmp_path, stages).runs.keys() == {name, other}
    assert read(tmp_path, stages, runs_of=lambda _: set()).runs == {}


def test_what_a_banc_repro_at_work_has_made_counts_until_it_is_touched(tmp_path: Path, write: Write) -> None:
    name = address(DATA)
    write(f"pipelines/digits-20/{name}.json", "{}")
    written = [write(f"runs/{name}/{file}", file) for file in (*DATA_ARRAYS, "data.json")]
    write("inputs", '{"inputs": {}, "versions": {}}')
    os.environ[MADE_OF] = str(tmp_path / "inputs")
    try:
        note(tmp_path, name, tmp_path / "runs" / name)
    finally:
        del os.environ[MADE_OF]
    assert read(tmp_path, STAGES).made == frozenset()
    with write(".banc/repro.lock", "process 1 on here\n").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert read(tmp_path, STAGES).made == {name}
        written[0].write_text("another")
        assert read(tmp_path, STAGES).made == frozenset()
