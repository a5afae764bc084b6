"""What a job does on its node: its stages, one after another.

In: a workspace on a file system that all nodes share, and addresses. Out: outputs, each with a note of which
inputs they were made of (``stage.made``); DVC is not called, since it must not be at work on two machines.
When the job starts it is decided once more whether a stage must run: by now all that it reads is there.

Slurm warns before the time is over (SIGUSR1). Then the stage writes a checkpoint, and the job is put back
into the queue under the same number, so that what hangs on it goes on waiting. SIGTERM alone comes before a
cancellation or a pre-emption: the stage writes its checkpoint, and what comes after is Slurm's.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from banc.cluster.restore import restore
from banc.cluster.settle import Found, Needed, verdict
from banc.engine.stages import Stages, why
from banc.engine.wanted import wanted
from banc.errors import BancError
from banc.graph.graph import PlacedStage
from banc.jobs import slurm
from banc.plan.asked import Asked, asked
from banc.plan.decide import Kept, Restored
from banc.runner.process.failure_record import forget_failure, record_failure
from banc.runner.process.guard import Busy, StopRequest, defer_signals, stage_lock
from banc.stage.index import read_index
from banc.stage.kinds import Address
from banc.stage.made import Announced, announce, read_made, stands, versions
from banc.state.checkpoints import checkpoints
from banc.state.digests import files
from banc.state.dvc_config import cache_folder
from banc.state.memory import Memory
from banc.state.read import read
from banc.state.state import State

SHARED = 60.0
"""Seconds in which a file that another node has written must be seen on this one."""

OTHER = 600.0
"""Seconds in which another process that runs the stage must have ended. Slurm gives up a node that it cannot
reach, and starts the job again elsewhere, while the first may still be at work."""

PAUSE = 2.0
"""Seconds between two looks for either."""

Say = Callable[[str], None]


class Warned(StopRequest):
    """A request to stop of which Slurm has said that it is for the time limit."""

    by_slurm = False


@contextmanager
def warned() -> Iterator[Warned]:
    """Lets SIGTERM and Slurm's warning wait until the work inside asks."""
    stop = Warned()

    def note(_: int, __: FrameType | None) -> None:
        stop.by_slurm = True
        stop.number = stop.number or signal.SIGTERM

    before = signal.signal(signal.SIGUSR1, note)
    try:
        with defer_signals(stop):
            yield stop
    finally:
        signal.signal(signal.SIGUSR1, before)


def run_job(root: Path, addresses: Sequence[Address], say: Say) -> None:
    """Does the stages of one job.

    Raises:
        BancError: one of them failed, or the job was asked to end.
    """
    with warned() as stop:
        runner = JobRunner(root, stop, say)
        for address in addresses:
            runner.do(address)


class JobRunner:
    """Does stages, one at a time, until it is asked to stop."""

    def __init__(self, root: Path, stop: Warned, say: Say) -> None:
        self._root, self._stop, self._say = root, stop, say
        self._stages = Stages(root, fork=False)
        self._index = read_index(root)
        self.progress = False
        """Whether any stage has ended well."""
        if shutil.which("banc") is None:  # Slurm started this outside the environment that banc is in
            os.environ["PATH"] = os.pathsep.join(
                [os.environ.get("PATH", ""), str(Path(sys.executable).parent)]
            )

    def do(self, address: Address) -> None:
        """Keeps, restores or runs a stage.

        Raises:
            BancError: it failed, or all is to stop.
        """
        if self._stop:
            self._leave(address, went_on=self.progress)
        if address not in self._index.stages:
            raise BancError(
                f"no stage `{address}` is linked any more",
                hint="`banc compile` has linked others since; `banc submit` submits what is missing now",
            )
        placed = wanted(self._root, self._index, [address]).stages[address]
        forget_failure(self._root, address)  # of an earlier run: what comes now is to be told
        try:
            self._do(address, placed)
        except BancError as error:
            if error.exit_code < 128:
                record_failure(self._root, address, error, "", overwrite=False)
            raise
        self.progress = True

    def _do(self, address: Address, placed: PlacedStage) -> None:
        root, stage = self._root, asked(address, placed)
        self._wait_for_inputs(stage)
        self._wait_for_others(address)
        seen = versions(root, stage.inputs)  # before they are digested: what comes after is noticed
        inputs = files(Memory(root), root, stage.inputs)
        state = read(root, {address: placed.stage}, [placed.file] if placed.file else [])
        digests = {path: file.md5 for path, file in inputs.items() if file.md5}
        match verdict(stage, state, inputs):
            case Kept():
                self._say(f"{address}: kept")
            case Restored(entry):
                restore(root, cache_folder(root), address, placed.stage, entry, digests)
                self._say(f"{address}: restored")
            case Found():
                self._say(f"{address}: it ran before")
            case Needed():
                self._run(stage, state, Announced(digests, seen))

    def _wait_for_inputs(self, stage: Asked) -> None:
        """A file that another node has just written may be seen here a little later.

        Raises:
            BancError: one is missing.
        """
        until = time.monotonic() + SHARED
        while True:
            there = versions(self._root, stage.inputs)
            missing = [path for path in stage.inputs if path not in there]
            if not missing:
                return
            for path in missing:
                if (folder := (self._root / path).parent).is_dir():
                    os.listdir(folder)  # a network file system looks anew
            if time.monotonic() > until or self._stop:
                raise BancError(f"input `{missing[0]}` is missing")
            time.sleep(PAUSE)

    def _wait_for_others(self, address: Address) -> None:
        """Returns when nobody runs the stage.

        Raises:
            Busy: somebody still does.
        """
        until = time.monotonic() + OTHER
        while True:
            try:
                with stage_lock(self._root, address):
                    return
            except Busy:
                if time.monotonic() > until or self._stop:
                    raise
            time.sleep(PAUSE)

    def _run(self, stage: Asked, state: State, inputs: Announced) -> None:
        root, address = self._root, stage.address
        environment = announce(root, address, inputs)
        for path in stage.outputs:  # as DVC does: of a stage that fails nothing old is left
            (root / path).unlink(missing_ok=True)
        self._say(f"{address}: begins")
        begin = time.monotonic()
        code = self._stages.run(address, stage.command, environment, lambda: bool(self._stop), heavy=False)
        if code and self._stop:
            now = checkpoints(root, [address]).get(address)
            self._leave(address, went_on=self.progress or now != state.checkpoints.get(address))
        if code:
            raise BancError(why(root, address, code))
        note = read_made(root, address)
        if note is None or not stands(root, note, stage.outputs):
            raise BancError("it ended well, but its outputs are not there")
        self._say(f"{address}: done in {time.monotonic() - begin:.1f} s")

    def _leave(self, address: Address, *, went_on: bool) -> None:
        """Ends the job, and has it begin again if its time was over.

        Raises:
            BancError: always.
        """
        number = os.environ.get("SLURM_JOB_ID", "")
        if self._stop.by_slurm and number:
            if not went_on:
                raise BancError(
                    "its time limit is too short: it came no further than when it began",
                    hint="give it more: `time` in banc.toml, or `banc submit --time`",
                )
            self._say(f"{address}: the time limit is near; goes on from its checkpoint")
            slurm.requeue(number)
            time.sleep(slurm.PATIENCE)  # Slurm ends this process meanwhile
        error = BancError("stopped", hint="`banc submit` goes on from its checkpoint")
        error.exit_code = 128 + self._stop.number
        raise error
