from __future__ import annotations

import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from jsonschema import Draft202012Validator

from banc.cli import patient, watch_status
from banc.runner.process.failure_record import record_failure
from banc.runner.process.guard import stage_lock
from banc.runner.process.heartbeat import HeartbeatFile
from banc.stage.kinds import Address
from banc.state.state import Holder
from banc.status.stage_state import Done, Running, Waiting
from banc.status.status import StageStatus, Status, TableStatus
from banc.status.time_left import TimeLeft

Banc = Callable[..., Any]
HOST = os.uname().nodename


@pytest.fixture
def teacher(banc: Banc, workspace: Path) -> Address:
    """Of a workspace that is linked, and in which nothing has run."""
    assert banc("compile").code == 0
    (path,) = workspace.glob("pipelines/*/train-*-labels-*.json")
    return Address(path.stem)


def test_of_what_is_linked(banc: Banc, teacher: Address) -> None:
    done = banc("status")
    assert (done.code, done.err) == (0, "")
    # How fast this machine is, nobody knows before.
    assert re.sub("about [^(]+", "about T ", done.out) == (
        "a-table  ░░░░░░░░░░░░░░░░░░░░░░░░  0 of 7 finished (0 of 2 trainings)\n"
        "\n"
        "waiting: 1 data set, 2 trainings, 1 set of teacher outputs, 2 scores, 1 table\n"
        "time left: about T (from multiply-adds)\n"
    )


def test_that_the_spec_changed_meanwhile_is_said_below_what_is_linked(
    banc: Banc, workspace: Path, teacher: Address
) -> None:
    before, spec = banc("status").out, workspace / "spec/a-table.toml"
    spec.write_text(spec.read_text().replace("growth = 2", "growth = 4"))
    assert banc("status").out == (
        f"{before}the generated files are not what the specs say: `banc compile` comes first\n"
    )


def test_a_spec_that_broke_meanwhile_changes_nothing(banc: Banc, workspace: Path, teacher: Address) -> None:
    before = banc("status").out
    (workspace / "spec/a-table.toml").write_text("banc = ")
    assert banc("status").out == before


def test_what_is_running_and_what_it_says(banc: Banc, workspace: Path, teacher: Address) -> None:
    file = HeartbeatFile(workspace, teacher, "train")
    beat = evolve(
        file.first,
        phase="epoch 1 of 1",
        epoch=1,
        epochs=1,
        done=5,
        total=20,
        images_per_second=2.5,
        device="cpu",
    )
    with stage_lock(workspace, teacher):
        assert "\nrunning\n  a teacher seed 0  running\n" in banc("status").out
        file.write(beat)
        out = banc("status").out
        assert (
            "\nrunning\n  a teacher seed 0  ████░░░░░░░░░░░░  epoch 1 of 1, 6 s left\n    2 images/s, cpu\n"
            in out
        )
        bases = ("measured on this device", "from multiply-adds")
        said = "|".join(" and ".join(order) for order in (bases, bases[::-1]))
        assert re.search(rf"\ntime left: about \d+ s, \d+( s)? to [\d:]+ (s|min) \(({said})\)\n", out)
        value = json.loads(banc("status", "--format", "json").out)
    (running,) = [stage for stage in value["stages"] if stage["state"] == "running"]
    assert running["address"] == teacher
    assert running["process"] == {"process": os.getpid(), "host": HOST}
    assert running["progress"]["done"] == 5
    # The same file, and nobody who holds the lock.
    out = banc("status").out
    begins = "\ninterrupted\n  a teacher seed 0: at epoch 1 of 1, begins anew "
    assert re.search(re.escape(begins) + r"\(last sign \d+ s ago on ", out)


def test_what_failed(banc: Banc, workspace: Path, teacher: Address) -> None:
    record_failure(workspace, teacher, ValueError("a\x1b[31mb\nsecond line"), "epoch 1 of 1")
    out = banc("status").out
    assert "\nfailed\n  a teacher seed 0: epoch 1 of 1: ValueError: a [31mb (T ago)\n" in re.sub(
        r"\d+ s ago", "T ago", out
    )
    assert "second line" not in out
    assert "\x1b" not in banc("status", "--format", "json").out


def test_for_programs(banc: Banc, workspace: Path, teacher: Address, checkout: Path) -> None:
    value = json.loads(banc("status", "--format", "json").out)
    Draft202012Validator(json.loads((checkout / "docs/status.schema.json").read_text())).validate(value)
    assert value["counts"]["waiting"] == 7
    assert value["time_left"]["seconds"] > 0
    assert (value["time_left"]["known"], value["time_left"]["unknown"]) == (3, 0)


def test_specs_by_file_or_name(banc: Banc, workspace: Path) -> None:
    text = (workspace / "spec/a-table.toml").read_text()
    (workspace / "spec/b.toml").write_text(text.replace("epochs = 1", "epochs = 2"))
    banc("compile")
    assert len(json.loads(banc("status", "--format", "json").out)["tables"]) == 2
    for name in ("b", "spec/b.toml", workspace / "spec/b.toml"):
        (table,) = json.loads(banc("status", name, "--format", "json").out)["tables"]
        assert (table["name"], table["spec"], table["stages"]) == ("b", "spec/b.toml", 7)
    done = banc("status", "c")
    assert (done.code, done.out) == (2, "")
    assert "error: `c` is not linked" in done.err
    assert "`spec/a-table.toml`, `spec/b.toml`" in done.err


def test_where_nothing_is_linked(banc: Banc, workspace: Path) -> None:
    done = banc("status")
    assert (done.code, done.out) == (2, "")
    assert "error: nothing is linked here" in done.err


def test_watch_and_json_do_not_go_together(banc: Banc, teacher: Address) -> None:
    done = banc("status", "--watch", "--format", "json")
    assert (done.code, done.out) == (2, "")
    assert "error: `--watch` shows text" in done.err


def test_a_lock_that_is_just_being_written_is_read_again(
    banc: Banc, workspace: Path, teacher: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DVC does not replace it whole."""
    lock = workspace / "dvc.lock"
    lock.write_text("schema: '2.0'\nstages:\n  table-a")
    code = f"import time; time.sleep(0.4); open({str(lock)!r}, 'w').write('schema: \"2.0\"\\n')"
    with subprocess.Popen([sys.executable, "-S", "-c", code]), monkeypatch.context() as longer:
        # Where the machine is busy, that process needs longer than a person would wait for DVC.
        longer.setattr(patient, "TRIES", 600)
        assert banc("status").code == 0
    lock.write_text("stages: [")
    done = banc("status")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: `dvc.lock` is not what DVC writes")


def test_three_hundred_stages_are_one_screen(banc: Banc, workspace: Path) -> None:
    path = workspace / "spec/a-table.toml"
    path.write_text(path.read_text().replace("seeds = [0]", f"seeds = {list(range(60))}"))
    banc("compile")
    done = banc("status")
    assert "0 of 302 finished (0 of 120 trainings)" in done.out
    trainings = sorted(workspace.glob("pipelines/*/train-*.json"))
    for path in trainings[:40]:
        file = HeartbeatFile(workspace, Address(path.stem), "train")
        file.write(file.first)
    for path in trainings[40:80]:
        record_failure(workspace, Address(path.stem), ValueError("x"), "")
    shown = banc("status").out.splitlines()
    assert len(shown) <= 40
    assert sum("and 37 more" in line for line in shown) == 2


def test_it_needs_neither_torch_nor_dvc(teacher: Address, workspace: Path) -> None:
    code = (
        "import sys; sys.argv = ['banc', 'status']; from banc.cli import main\n"
        "try:\n    main()\n"
        "finally:\n    print(sorted({'torch', 'dvc', 'numpy', 'sklearn'} & sys.modules.keys()))"
    )
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=workspace,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.endswith("\n[]\n"), done.stdout + done.stderr
    assert done.stdout.startswith("a-table  ........................  0 of 7")


def status(*states: object) -> Status:
    stages = tuple(
        StageStatus(Address(f"train-a-{n:012}"), "train", (f"a teacher seed {n}",), state, 3)  # type: ignore[arg-type]
        for n, state in enumerate(states)
    )
    return Status((TableStatus("t", "spec/t.toml", 0, 1, 0, 1),), stages, TimeLeft(1.0, 1, 0), 0.0)


def test_watched_without_a_terminal_only_changes_are_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_status, "PLAIN", 0.0)
    running = Running(Holder(1, "box"))
    looks = iter(
        [
            status(Waiting(()), Waiting(())),
            status(Waiting(()), Waiting(())),
            status(running, Waiting(())),
            status(Done(), running),
            status(Done(), Done()),
        ]
    )
    stream = io.StringIO()
    watch_status.watch(lambda: next(looks), stream)
    first, _, changes = stream.getvalue().partition("time left: about 1 s\n")
    assert "waiting: 2 trainings" in first
    assert [re.sub(r"^\d\d:\d\d:\d\d  ", "", line) for line in changes.splitlines()] == [
        "a teacher seed 0: running",
        "a teacher seed 0: done",
        "a teacher seed 1: running",
        "a teacher seed 1: done",
    ]


def test_many_changes_at_once_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_status, "PLAIN", 0.0)
    looks = iter([status(*[Waiting(())] * 100), status(*[Done()] * 100)])
    stream = io.StringIO()
    watch_status.watch(lambda: next(looks), stream)
    assert len(stream.getvalue().splitlines()) == 4 + watch_status.CHANGES + 1
    assert stream.getvalue().endswith(f"and {100 - watch_status.CHANGES} more changes\n")


def test_watched_on_a_terminal_until_ctrl_c(teacher: Address, workspace: Path) -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm"}
    watching = subprocess.Popen(
        [sys.executable, "-m", "banc", "status", "--watch"],
        cwd=workspace, env=environment, stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    end = time.monotonic() + 120
    # Two pictures, or more where this process is slower than the one that draws.
    while b"failed" not in shown:
        assert time.monotonic() < end
        before = b"time left" in shown
        shown += os.read(ours, 4096)
        if not before and b"time left" in shown:
            record_failure(workspace, teacher, ValueError("x"), "")
    watching.send_signal(signal.SIGINT)
    while True:
        try:
            shown += os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
    os.close(ours)
    assert watching.wait(timeout=60) == 0
    assert b"Traceback" not in shown and b"Aborted" not in shown
