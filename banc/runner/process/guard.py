"""One run of a stage at a time, and none that outlives who started it.

In: a workspace and a stage's address. Knows nothing of what the stage does.
"""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread, current_thread, main_thread
from types import FrameType

from banc import starters
from banc.errors import BancError
from banc.paths import PRIVATE
from banc.stage.kinds import Address

LOOK = 0.5
"""Seconds between two looks at whether the parent lives."""


class Busy(BancError):
    """Another process is running the stage."""


@contextmanager
def stage_lock(root: Path, address: Address) -> Iterator[None]:
    """Holds the stage's lock. It goes with the process, however that ends.

    Raises:
        Busy: another process holds it.
    """
    path = root / PRIVATE / "locks" / f"{address}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise Busy(
                "another process is running this stage", hint=f"wait for it, or stop {file.read().strip()}"
            ) from error
        file.truncate(0)
        file.write(f"process {os.getpid()} on {os.uname().nodename}\n")
        file.flush()
        yield


@contextmanager
def exit_with_parent() -> Iterator[None]:
    """Ends this process with whoever started it, and lets SIGTERM and SIGHUP clean up first.

    Stopping ``dvc repro`` by SIGTERM would otherwise leave the training behind, and a second ``dvc repro``
    would start it again beside it. Watched from here, because the kernel's own signal (prctl) knows the
    parent alone, which may be a shell that outlives DVC. What a person starts by ``nohup`` is watched for
    nobody.

    Raises:
        Stopped: whoever started it has ended already.
    """
    if current_thread() is not main_thread():
        yield  # signals belong to the main thread, and so to whoever runs that
        return
    # By hand, `sh -c "banc run ... &"` is gone a moment later, and nobody minds.
    chain = starters.starters() if starters.is_by_hand() else starters.remembered()
    if starters.is_orphan(chain) or starters.starters() != chain:
        raise Stopped(signal.SIGTERM, "whoever started this stage has ended")
    before = {number: signal.signal(number, _terminate) for number in heard(signal.SIGTERM)}
    done = Event()
    watch = Thread(target=_watch, args=(chain, done), daemon=True)
    if not (starters.is_by_hand() and hangups_are_ignored()):
        watch.start()
    try:
        yield
    finally:
        done.set()
        if watch.is_alive():
            watch.join()
        for number, handler in before.items():
            signal.signal(number, handler)


def _watch(chain: starters.Chain, done: Event) -> None:
    while not done.wait(LOOK):
        if starters.starters() != chain:
            os.kill(os.getpid(), signal.SIGTERM)
            return


def heard(*numbers: signal.Signals) -> tuple[signal.Signals, ...]:
    """These signals, and SIGHUP where this process was not told to ignore it."""
    return numbers if hangups_are_ignored() else (*numbers, signal.SIGHUP)


def hangups_are_ignored() -> bool:
    """Whether a dropped connection is to change nothing, as under ``nohup``."""
    return signal.getsignal(signal.SIGHUP) == signal.SIG_IGN


class StopRequest:
    """Whether someone asked this process to end: the number of the signal, or 0."""

    number = 0

    def __bool__(self) -> bool:
        return self.number > 0

    def raise_if_set(self) -> None:
        """Ends the stage, if someone asked.

        Raises:
            Stopped: someone did.
        """
        if self:
            raise Stopped(self.number)


class Stopped(BancError):
    """A stage was asked to end and did, after its checkpoint."""

    def __init__(self, number: int, message: str = "") -> None:
        name = signal.Signals(number).name
        super().__init__(message or f"stopped by {name}", hint="`dvc repro` goes on from here")
        self.exit_code = 128 + number


@contextmanager
def defer_signals(stop: StopRequest | None = None) -> Iterator[StopRequest]:
    """Lets SIGTERM, SIGINT and SIGHUP wait until the work inside asks; a second Ctrl-C does not wait.

    Between two steps a training's state is whole, and inside of one it is not. A second SIGTERM changes
    nothing: whoever stops DVC and its stages together also makes ``exit_with_parent`` send one.

    Args:
        stop: where the wish is noted, if something around this waits with it.
    """
    stop = StopRequest() if stop is None else stop
    if current_thread() is not main_thread():
        yield stop
        return

    def note(number: int, _: FrameType | None) -> None:
        if stop and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.number = stop.number or number

    before = {number: signal.signal(number, note) for number in heard(signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    except Stopped:
        # Whoever asks again meanwhile must not cut short what it says; `exit_with_parent` puts its own
        # handlers back.
        for again in heard(signal.SIGTERM):
            del before[again]
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _terminate(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)
