"""A forked stage is a process like any other; and one whose server has died is started anew."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from banc.engine.forks import Forked, ForkServer, Lost
from banc.engine.stages import LOGS, Stages
from banc.errors import BancError
from banc.runner.process import fork_server
from banc.stage.kinds import Address

Workspace = Any

PROGRAM = """\
import os, pathlib, signal, socket, sys, time
sys.path.insert(0, {folder!r})
import fork_server
if sys.argv[1] == "fork-server":
    fork_server.serve(socket.socket(fileno=int(sys.argv[2])))
exec(sys.argv[1])
"""
TELL = (
    "print(os.getsid(0) == os.getpid(), os.getppid(), os.environ['BANC_LAUNCHER'], os.environ['OURS'], "
    "sorted(map(int, os.listdir('/proc/self/fd')))[:-1], signal.getsignal(signal.SIGCHLD) == 0, flush=True)"
)
BEGIN, WAIT = "pathlib.Path({name!r}).write_text(str(os.getpid()));", "time.sleep(0.02)"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "program"
    path.write_text(f"#!{sys.executable}\n" + PROGRAM.format(folder=str(Path(fork_server.__file__).parent)))
    path.chmod(0o755)
    return path


@pytest.fixture
def server(program: Path, tmp_path: Path) -> Iterator[ForkServer]:
    made = ForkServer(str(program), tmp_path)
    yield made
    made.close()


def code_of(stage: Forked) -> int:
    while (code := stage.poll()) is None:
        time.sleep(0.01)
    stage.close()
    return code


def test_it_has_its_own_session_streams_variables_and_nothing_of_others(
    server: ForkServer, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    with other.open("wb") as log:
        waiting = server.start(["time.sleep(600)"], {}, log)
    with (tmp_path / "log").open("wb") as log:
        stage = server.start([TELL + "; print('all', file=sys.stderr); sys.exit(3)"], {"OURS": "a=b c"}, log)
        assert code_of(stage) == 3
    first, second = (tmp_path / "log").read_text().splitlines()
    session, parent, launcher, *rest = first.split(" ", 3)
    assert (session, parent) == ("True", launcher)
    assert rest == ["a=b c [0, 1, 2] True"]
    assert second == "all"
    waiting.send_signal(signal.SIGTERM)
    assert code_of(waiting) == -signal.SIGTERM
    assert other.read_text() == ""


def test_a_server_that_is_none_is_lost(tmp_path: Path) -> None:
    server = ForkServer("false", tmp_path)
    with (tmp_path / "log").open("wb") as log, pytest.raises(Lost):
        server.start(["run"], {}, log)
    server.close()


def test_a_stage_whose_server_was_killed_is_started_anew(program: Path, tmp_path: Path) -> None:
    """It has ended by then. Here it does so on its own, as a real one: by looking at its parent."""
    stages = Stages(tmp_path, fork=True)
    begun = tmp_path / "begun"
    code = (
        "up = os.getppid(); f = open('begun', 'a'); f.write(f'{os.getpid()} {up}\\n'); f.close()\n"
        "while os.environ['BANC_LAUNCHER'] != str(os.getpid()) and up == os.getppid() != int(sys.argv[2]): "
        "time.sleep(0.01)\n"
        "open('ended', 'a').write(f'{os.getpid()}\\n')"
    )
    command = subprocess.list2cmdline([str(program), code, str(os.getpid())])

    def gone() -> bool:
        lines = begun.read_text().split() if begun.exists() else []
        if len(lines) == 2 and not killed:
            killed.append(int(lines[1]))
            os.kill(killed[0], signal.SIGKILL)
        return False

    killed: list[int] = []
    assert stages.run(Address("a"), command, {}, gone, heavy=True) == 0
    stages.close()
    assert killed
    first, second = [line.split() for line in begun.read_text().splitlines()]
    assert second[1] == str(os.getpid())
    assert (tmp_path / "ended").read_text().split() == [first[0], second[0]]


def test_a_pipe_in_the_place_of_a_log_keeps_nobody_waiting(tmp_path: Path) -> None:
    (tmp_path / LOGS).mkdir(parents=True)
    os.mkfifo(tmp_path / LOGS / "a.log")
    with pytest.raises(BancError, match=r"a\.log` is no file"):
        Stages(tmp_path, fork=False).run(Address("a"), "true", {}, lambda: False, heavy=False)


def test_nothing_of_one_stage_is_there_for_the_next() -> None:
    """No thread but those that numpy's library ends at a fork, no CUDA, no numpy or torch numbers drawn."""
    text = """
import sys, threading, torch
seed = torch.default_generator.get_state()
import banc.runner.preload
assert threading.active_count() == 1
assert not torch.cuda.is_initialized()
assert torch.equal(seed, torch.default_generator.get_state())
assert "numpy.random" not in sys.modules
import os
child = os.fork()
if not child:
    os._exit(len(os.listdir("/proc/self/task")))
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
    assert done.stdout == "1\n", done.stderr


SPEC = """
banc = 1
title = "Small"
data = { set = "digits", train = 20 }
seeds = [0]
recipe = { epochs = 2, batch = 10, augment = { pad = 0, flip = false } }
[models]
net = { family = "densenet-bc", depth = 10, growth = 2 }
[lineages]
ban = { models = "net", generations = 1 }
[table]
rows = "net"
columns = ["teacher", "ban-1"]
"""


def test_forked_stages_make_the_same_bytes(
    new_workspace: Callable[[str], Workspace], copy_as: Callable[[Workspace, str], Workspace]
) -> None:
    forked = new_workspace("banc")
    (forked.root / "spec/small.toml").write_text(SPEC)
    forked.compile()
    started = copy_as(forked, "started")
    score = next(path.stem for path in forked.root.glob("pipelines/*/score-*labels*.json"))
    made = []
    for workspace, option in ((forked, "--fork"), (started, "--no-fork")):
        done = workspace.call(sys.executable, "-m", "banc", "repro", score, option)
        assert done.returncode == 0, done.stderr
        paths = sorted(workspace.root.glob("runs/*/*"))
        assert len(paths) > 9
        made.append({path.relative_to(workspace.root).as_posix(): path.read_bytes() for path in paths})
        made[-1].pop("runs/.gitignore", None)
    assert made[0] == made[1]
