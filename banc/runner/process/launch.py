"""Starts the processes of one training on this machine, and waits for them.

In: BANC_PROCESSES, a workspace and a stage's address. Out: nothing but what the first process writes. What
they do together is ``group``'s matter; each of them is a ``banc run`` of its own. ``torchrun`` could start
them as well. Its own threads and its store live in the process that waits, though, which then cannot always
leave in order when it is stopped; and it kills a training that needs more than 30 seconds for its last step.
"""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from banc import starters
from banc.errors import BancError, UsageError
from banc.runner.process.guard import StopRequest, defer_signals
from banc.stage.kinds import Address

VARIABLE = "BANC_PROCESSES"

MEETING = "BANC_MEETING"
"""Set for the processes: the file by which they find each other."""

LOOK = 0.05
"""Seconds between two looks at the processes."""

PATIENCE = 5.0
"""Seconds in which the others notice by themselves that one has ended otherwise than well."""

GRACE = 30.0
"""Seconds that they have to leave, once they are told to."""


def processes() -> int:
    """Processes to start for a training. 1: train in this process, as a started process always does.

    Raises:
        UsageError: BANC_PROCESSES is no number.
    """
    text = os.environ.get(VARIABLE, "") or "1"
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(f"{VARIABLE} is `{text}`", hint="expected a number of processes: 1, 2, ...")
    return 1 if "LOCAL_RANK" in os.environ else int(text)


def rank() -> int:
    """Which of several processes this is, as ``torchrun`` says; 0 for the first, or where there is one."""
    return int(os.environ.get("RANK", "0"))


def size() -> int:
    """Of how many processes that train together this is one."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def launch(root: Path, address: Address, count: int) -> None:
    """Runs the stage by ``count`` processes of this machine. Whatever stops this one stops them.

    Raises:
        BancError: one of them ended otherwise than well; it has said why.
    """
    with TemporaryDirectory(prefix="banc-") as folder, defer_signals() as stop:
        running: list[subprocess.Popen[bytes]] = []
        try:
            for place in range(count):
                environment = _environment(place, count, Path(folder) / "meeting")
                command = [sys.executable, "-m", "banc", "run", address]
                # Of their own session: a Ctrl-C reaches this process, which passes it on, and nobody twice.
                running.append(subprocess.Popen(command, cwd=root, env=environment, start_new_session=True))
            statuses = _wait(running, stop)
        finally:
            # None is left but after an error of ours, or a second Ctrl-C.
            _send(running, signal.SIGINT)
            _end(running)
    if failed := [status for status in statuses if status]:
        # One that was killed tells more than one that has noticed.
        status = min(failed)
        code = status if status > 0 else 128 - status
        failure = BancError(f"training in {count} processes ended with exit status {code}")
        failure.exit_code = code
        raise failure


def _environment(place: int, count: int, meeting: Path) -> dict[str, str]:
    """What process ``place`` knows of the others; the names are ``torchrun``'s."""
    numbers = {"RANK": place, "LOCAL_RANK": place, "WORLD_SIZE": count, "LOCAL_WORLD_SIZE": count}
    ours = {starters.BY_LAUNCH: os.getpid(), MEETING: meeting, **numbers}
    # `find_unused_parameters` has a second use for us (see `group`), and torch would advise against it.
    quiet = {"TORCH_CPP_LOG_LEVEL": "ERROR"}
    return {**quiet, **os.environ, **{name: str(value) for name, value in ours.items()}}


def _wait(running: list[subprocess.Popen[bytes]], stop: StopRequest) -> list[int]:
    """Returns the exit statuses, when all have ended."""
    signalled, late = 0, math.inf
    while None in (statuses := [process.poll() for process in running]):
        now = time.monotonic()
        if stop and not signalled:
            signalled = stop.number
            _send(running, signalled)
        if any(statuses):
            late = min(late, now + PATIENCE)
        if now > late:
            _send(running, signal.SIGTERM)
            _end(running)
        time.sleep(LOOK)
    return [process.wait() for process in running]


def _send(running: list[subprocess.Popen[bytes]], number: int) -> None:
    for process in running:
        process.send_signal(number)  # where it has not ended


def _end(running: list[subprocess.Popen[bytes]]) -> None:
    """Waits ``GRACE`` seconds, and kills what runs still."""
    end = time.monotonic() + GRACE
    for process in running:
        try:
            process.wait(max(0.0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
