"""Real chains of processes: a starter, perhaps a shell, and a process that says who stands above it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from banc import starters

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are seen through /proc")

OURS = (starters.BY_DVC, starters.BY_LAUNCH)

SAY = """
import json, os, sys, time
from banc import starters
while {wait} and os.getppid() == int(os.environ["STARTER"]):
    time.sleep(0.005)
starters.remember()
chain = starters.remembered()
said = dict(chain=chain, orphan=starters.is_orphan(chain), by_hand=starters.is_by_hand())
with open(sys.argv[1] + ".new", "w") as file:
    json.dump(said, file)
os.rename(sys.argv[1] + ".new", sys.argv[1])
"""

START = """
import os, subprocess, sys
as_dvc = {"DVC_STAGE": "a"} if sys.argv[1] == "dvc" else {}
process = subprocess.Popen(sys.argv[2:], env={**os.environ, "STARTER": str(os.getpid()), **as_dvc})
print("ready", flush=True)
process.wait()
"""

WAIT = 'while read -r _ _ _ parent _ < /proc/$$/stat; [ "$parent" = "$STARTER" ]; do :; done; '


def started(tmp_path: Path, by: str, *, shell: bool, kill: bool) -> tuple[int, dict[str, Any]]:
    """The starter's number, and what a process says that it started: at once, or after its death."""
    said, say = tmp_path / "said.json", tmp_path / "say.py"
    say.write_text(SAY.format(wait=kill and not shell))
    command = [sys.executable, str(say), str(said)]
    if shell:
        # A second command keeps the shell from becoming the first.
        command = ["/bin/sh", "-c", f"{WAIT if kill else ''}{' '.join(command)}; true"]
    clean = {key: value for key, value in os.environ.items() if key not in OURS}
    # Its own session, as that of a terminal or a service: who takes in orphans is in another.
    process = subprocess.Popen(
        [sys.executable, "-c", START, by, *command], start_new_session=True, stdout=subprocess.PIPE, env=clean
    )
    assert process.stdout
    process.stdout.readline()
    if kill:
        process.send_signal(signal.SIGKILL)
    process.wait(60)
    process.stdout.close()
    end = time.monotonic() + 60
    while not said.exists():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)
    return process.pid, json.loads(said.read_text())


@pytest.mark.parametrize("shell", [False, True])
@pytest.mark.parametrize("by", ["dvc", "hand"])
def test_the_chain_ends_with_who_started(tmp_path: Path, by: str, shell: bool) -> None:
    starter, said = started(tmp_path, by, shell=shell, kill=False)
    assert said["chain"][-1] == starter
    assert len(said["chain"]) == 1 + shell
    assert not said["orphan"]
    assert said["by_hand"] == (by == "hand")


@pytest.mark.parametrize("shell", [False, True])
def test_who_is_an_orphan_before_its_first_act_knows_it(tmp_path: Path, shell: bool) -> None:
    starter, said = started(tmp_path, "dvc", shell=shell, kill=True)
    assert said["orphan"]
    assert starter not in said["chain"]


def test_a_person_may_leave_a_process_alone(tmp_path: Path) -> None:
    _, said = started(tmp_path, "hand", shell=False, kill=True)
    assert not said["orphan"]


def test_a_process_of_a_training_knows_the_one_that_started_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(starters.BY_DVC, raising=False)
    chain = starters.starters()
    monkeypatch.setenv(starters.BY_LAUNCH, str(os.getppid()))
    assert not starters.is_orphan(chain)
    monkeypatch.setenv(starters.BY_LAUNCH, str(os.getpid()))
    assert starters.is_orphan(chain)


def test_a_fork_does_not_take_its_parents_starter_for_its_own() -> None:
    starters.remember()
    ours = starters.remembered()
    child = os.fork()
    if not child:
        os._exit(starters.remembered() == ours)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_dvc_as_the_first_process_of_a_container_is_no_orphanage(tmp_path: Path) -> None:
    """As root and with namespaces only."""
    command = ["unshare", "--pid", "--fork", "--mount-proc"]
    if subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no namespaces here")
    for first, orphan in ((["/bin/sh", "-c"], True), ([sys.executable, "-c"], False)):
        said = tmp_path / f"{orphan}.json"
        (tmp_path / "say.py").write_text(SAY.format(wait=False))
        line = [sys.executable, f"{tmp_path}/say.py", str(said)]
        script = f"DVC_STAGE=a {' '.join(line)}; true"
        if not orphan:
            script = f"import subprocess; subprocess.run({line!r}, env={{'DVC_STAGE': 'a'}})"
        subprocess.run([*command, *first, script], check=True)
        answer = json.loads(said.read_text())
        assert (answer["chain"], answer["orphan"]) == ([1], orphan)
