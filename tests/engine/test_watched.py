"""What ``banc repro`` shows of its stages follows from the plan, from events and from heartbeats."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Collection, Mapping
from typing import Any

from banc.compiler import compile_specs
from banc.engine.event import Begins, Failed, Halted, Ran
from banc.engine.watched import Watched
from banc.plan.plan import plan
from banc.stage.heartbeat import Heartbeat
from banc.stage.kinds import Address
from banc.state.read import read
from banc.status.stage_state import Done, Interrupted, Running, Waiting
from banc.status.stage_state import Failed as HasFailed

Workspace = Any
BEAT = Heartbeat("train", 7, "here", since=100.0, at=105.0, done=50, total=200, images_per_second=10.0)


def test_each_event_moves_its_stage_and_an_old_heartbeat_counts_for_nothing(finished: Workspace) -> None:
    for path in finished.root.glob(".dvc/cache/files/md5/*/*"):
        path.unlink()
    graph = compile_specs(finished.root, finished.specs()).graph
    state = read(finished.root, {address: placed.stage for address, placed in graph.stages.items()})
    made = plan(graph, state)
    trained = [step.address for step in made.steps if step.kind == "train"]
    beats = {trained[0]: BEAT}

    def beats_of(of: Collection[Address]) -> Mapping[Address, Heartbeat]:
        return {address: beat for address, beat in beats.items() if address in of}

    watched = Watched(graph, made, {}, beats_of, since=99.0)

    def state_of(address: Address) -> Any:
        return next(stage.state for stage in watched.status(110.0).stages if stage.address == address)

    data = next(step.address for step in made.steps if step.kind == "data")
    assert state_of(trained[0]) == Waiting((data,))
    watched.note(Ran(data, 1.0), 100.0)
    assert state_of(data) == Done()
    assert state_of(trained[0]) == Waiting(())
    watched.note(Begins(trained[0], ""), 101.0)
    running = state_of(trained[0])
    assert isinstance(running, Running)
    assert (running.heartbeat, running.seconds_left) == (BEAT, 15.0)
    beats[trained[0]] = Heartbeat("train", 7, "here", since=50.0, at=55.0)
    assert state_of(trained[0]).heartbeat is None
    watched.note(Failed(trained[0], "no luck"), 102.0)
    assert isinstance(failed := state_of(trained[0]), HasFailed)
    assert failed.failure.message == "no luck"
    watched.note(Begins(trained[1], ""), 103.0)
    watched.note(Halted(trained[1], "stopped by SIGTERM"), 104.0)
    assert isinstance(state_of(trained[1]), Interrupted)
    (table,) = watched.status(110.0).tables
    assert (table.finished, table.stages) == (1, len(made.steps))


def test_a_terminal_has_a_screen_and_no_line_for_each_stage(
    first_run: Workspace, copy_as: Callable[[Workspace, str], Workspace]
) -> None:
    workspace = copy_as(first_run, "workspace")
    for path in workspace.root.glob(".dvc/cache/**/*"):
        path.unlink() if path.is_file() else None
    # One stage goes on when the screen has shown it, however rarely that is drawn.
    (workspace.root / "held").write_text(next(workspace.root.glob("pipelines/*/train-*.json")).stem)
    (workspace.root / "failing").write_text(next(workspace.root.glob("pipelines/*/score-*.json")).stem)
    environment = {**workspace.environment, "TERM": "xterm", "COLUMNS": "100"}
    environment.pop("CI", None)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "banc", "repro"],
        cwd=workspace.root,
        env=environment,
        stdout=theirs,
        stderr=subprocess.PIPE,
    )
    os.close(theirs)
    shown = b""
    try:
        while more := os.read(ours, 65536):
            shown += more
            if b"running\r\n" in shown:
                (workspace.root / "go").touch()
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    assert process.communicate()[1].startswith(b"error: 1 stage failed")
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())
    assert re.search(r"lineage +[█░]+ +\d+ of \d+ finished", text)
    assert "running\r\n" in text
    assert re.search(r"failed +(dense|wide) .* score: no luck", text)
    assert "begins" not in text
    assert "done" not in text
