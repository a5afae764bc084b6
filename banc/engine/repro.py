"""Does what a plan says, several stages at a time, and leaves what ``dvc repro`` would have left.

In: the work that a plan leaves, the state that it was made of, and the machine. Out: what was done; DVC has
recorded it. First DVC restores, then ninja has the jobs done (``engine.attendant``), then DVC runs tables.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from signal import SIGINT, SIGTERM
from tempfile import TemporaryDirectory

import ninja
from attrs import frozen

from banc.engine import ask
from banc.engine.attendant import Attendant
from banc.engine.build_file import build_file
from banc.engine.dvc import Dvc, refuse_unrecordable
from banc.engine.event import Event, Ran
from banc.engine.machine import Machine
from banc.engine.reception import Reception
from banc.engine.work import Work
from banc.errors import BancError, UsageError
from banc.runner.process.guard import StopRequest, defer_signals
from banc.stage.kinds import Address
from banc.state.dvc_config import cache_folder, makes_links
from banc.state.state import State

LOOK = 0.05
"""Seconds between two looks at ninja."""


@frozen
class Outcome:
    """How it went."""

    failed: Mapping[Address, str]
    """Why, by stage."""
    skipped: tuple[Address, ...]
    """What was not begun, since something above failed, or all was stopped."""
    stopped: int
    """The signal that stopped it; 0: none did."""


def restore(root: Path, work: Work) -> str:
    """Has DVC restore all that the work says.

    Returns:
        Why it could not restore one of them; empty: it could.
    """
    return Dvc(root).repro(work.restore) if work.restore else ""


def repro(root: Path, work: Work, state: State, machine: Machine, say: Callable[[Event], None]) -> Outcome:
    """Does the work, but what is to be restored. ``say`` is called from several threads.

    Raises:
        UsageError: there is no ``banc`` to start stages by, or DVC could not record them.
        BancError: ninja failed.
    """
    if (work.jobs or work.tables) and not shutil.which("banc"):
        raise UsageError(
            "stages are started as `banc run`, and PATH leads to no `banc`",
            hint=f"`export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH`, and call again",
        )
    refuse_unrecordable(root)
    jobs = {job.stage.address: job for job in work.jobs}
    dvc = Dvc(root)
    with defer_signals() as stop:
        attendant = Attendant(root, cache_folder(root), state, jobs, machine, dvc, say)
        try:
            if jobs:
                _build(work, machine, attendant, stop)
        finally:
            attendant.stages.close()
            attendant.recorder.close()
        failed, done = attendant.failed, set(attendant.done)
        ready = [stage for stage, after in work.tables if not (set(after) - done or set(after) & set(failed))]
        for stage in ready:
            if not stop:
                begin = time.monotonic()
                if why := dvc.make(stage):
                    attendant.fail(stage.address, why)
                else:
                    done.add(stage.address)
                    say(Ran(stage.address, time.monotonic() - begin))
        if attendant.recorder.recorded and makes_links(root):
            dvc.link(attendant.recorder.recorded)
    everything = [*jobs, *(stage.address for stage, _ in work.tables)]
    skipped = tuple(address for address in everything if address not in done and address not in failed)
    return Outcome(failed, skipped, stop.number)


def _build(work: Work, machine: Machine, attendant: Attendant, stop: StopRequest) -> None:
    """Has ninja ask for every job, until all are done, or failed, or ``stop`` is set."""
    with TemporaryDirectory(prefix="banc-") as name:
        folder = Path(name)
        path = folder / "socket"
        # Ninja starts it in this folder, whose path may be longer than that of a socket can be.
        command = (sys.executable, "-I", "-S", ask.__file__, path.name)
        (folder / "build.ninja").write_text(build_file(work.jobs, machine, command), encoding="utf-8")
        with Reception(path, attendant.attend), (folder / "said").open("w+") as output:
            process = _start(folder, machine, output.fileno())
            signalled = 0
            try:
                while process.poll() is None:
                    if stop and not signalled:
                        signalled = stop.number
                        attendant.stages.stop(signalled)
                        process.terminate()
                    time.sleep(LOOK)
            finally:
                if process.poll() is None:  # a second Ctrl-C, or a fault of ours
                    attendant.stages.stop(SIGINT, at_once=True)
                    process.kill()
                    process.wait()
                elif process.returncode:  # where it was killed, nobody is to go on for it
                    attendant.stages.stop(stop.number or SIGTERM)
        if process.returncode and not (attendant.failed or stop):
            text = (folder / "said").read_text(encoding="utf-8", errors="replace").strip()
            raise BancError(
                f"ninja ended with exit status {process.returncode}: {text[-300:] or 'no message'}",
                hint="`banc repro` goes on from here",
            )


def _start(folder: Path, machine: Machine, output: int) -> subprocess.Popen[bytes]:
    # Under `make`, ninja would take part in make's own count of processes.
    environment = {
        name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "NINJA_STATUS")
    }
    return subprocess.Popen(
        [str(Path(ninja.BIN_DIR) / "ninja"), "-j", str(machine.jobs), "-k", "0"],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
