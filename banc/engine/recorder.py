"""Records in DVC what has run, while other stages run.

In: stages that have ended, each with what it was made of. Out: DVC's locks, cache and run cache. DVC digests
inputs when it records, not when the stage began. So it is looked first whether inputs and outputs are still
those of the run; if not, nothing is recorded, which would otherwise be wrong for ever. DVC takes a second to
begin; so what it has written is looked at, too, and what was edited in that second is taken back
(``engine.take_back``).

Nobody waits for a record, and each call of DVC costs its start. So there are few calls, for many stages each.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Condition, Thread

from attrs import frozen

from banc.engine.dvc import Dvc
from banc.errors import BancError
from banc.plan.asked import Asked
from banc.stage.kinds import Address
from banc.stage.made import Made, forget, stands
from banc.state.digests import files
from banc.state.memory import Memory

FIRST = 5.0
"""Seconds from a stage's end to its record, at least, while others run."""

SHARE = 0.1
"""Of the time, at most, in which DVC records."""


@frozen
class _Ended:
    stage: Asked
    made: Made


class Recorder:
    """A thread that hands to DVC what has ended. ``close`` returns when all is recorded."""

    def __init__(self, root: Path, dvc: Dvc, failed: Callable[[Address, str], None]) -> None:
        """``failed``: is told of a stage that could not be recorded, and why."""
        self._root, self._dvc, self._failed = root, dvc, failed
        self._waiting: list[_Ended] = []
        self._recording: list[_Ended] = []
        self._hurry = 0
        self._open = True
        self._change = Condition()
        self.recorded: list[Asked] = []
        self._thread = Thread(target=self._work)
        self._thread.start()

    def add(self, stage: Asked, made: Made) -> None:
        """Has a stage recorded, soon."""
        with self._change:
            self._waiting.append(_Ended(stage, made))
            self._change.notify_all()

    def unrecorded(self) -> tuple[Asked, ...]:
        """The stages that were added, and that DVC may not have recorded yet."""
        with self._change:
            return tuple(ended.stage for ended in (*self._recording, *self._waiting))

    def flush(self) -> None:
        """Returns when what was added is recorded."""
        with self._change:
            self._hurry += 1
            self._change.notify_all()
            self._change.wait_for(lambda: not self._waiting and not self._recording)
            self._hurry -= 1

    def close(self) -> None:
        """The same, and nothing is added any more."""
        with self._change:
            self._open = False
            self._change.notify_all()
        self._thread.join()

    def _work(self) -> None:
        pause = FIRST
        while some := self._next(pause):
            begin = time.monotonic()
            try:
                self._record(some)
            except Exception as error:
                # DVC cannot even be started, or has no place to write; or it is a fault of ours.
                known = isinstance(error, OSError | BancError)
                reason = str(error) if known else f"{type(error).__name__}: {error}"
                for ended in some:
                    self._failed(ended.stage.address, f"it ran, but could not be recorded: {reason}")
            pause = max(FIRST, (time.monotonic() - begin) * (1 / SHARE - 1))
            with self._change:
                self._recording = []
                self._change.notify_all()

    def _next(self, pause: float) -> list[_Ended]:
        """What waits, after a pause in which more may come. Nothing: it is over."""
        with self._change:
            self._change.wait_for(lambda: self._waiting or not self._open)
            self._change.wait_for(lambda: self._hurry or not self._open, timeout=pause)
            self._recording, self._waiting = self._waiting, []
            return self._recording

    def _record(self, some: list[_Ended]) -> None:
        memory = Memory(self._root)
        fit = []
        for ended in some:
            if moved := self._moved(memory, ended):
                self._failed(ended.stage.address, moved)
            else:
                fit.append(ended)
        if not fit:
            return
        stages = [ended.stage for ended in fit]
        why = self._dvc.record(stages)
        # One that DVC refuses holds up others of its call.
        refused = (
            {stage.address: reason for stage in stages if (reason := self._dvc.record([stage]))}
            if why
            else {}
        )
        others = self._dvc.take_back_others(
            (ended.stage, ended.made) for ended in fit if ended.stage.address not in refused
        )
        for stage in stages:
            address = stage.address
            if address in refused:
                self._failed(address, f"it ran, but DVC did not record it: {refused[address]}")
                continue
            forget(self._root, address)
            if address in others:
                self._failed(address, others[address])
            else:
                self.recorded.append(stage)

    def _moved(self, memory: Memory, ended: _Ended) -> str:
        """What is no longer as it was for the run; empty: nothing."""
        try:
            now = digests(memory, self._root, ended.stage)
        except BancError as error:
            return error.message
        changed = [path for path, md5 in ended.made.inputs.items() if now.get(path) != md5]
        if changed:
            # Nor is it to be found later, when the input is what it was: who knows which one was read.
            forget(self._root, ended.stage.address)
            return f"input `{changed[0]}` has changed since it began, so it is not recorded"
        if not stands(self._root, ended.made, ended.stage.outputs):
            return "its outputs were changed or removed after it ended, so it is not recorded"
        return ""


def digests(memory: Memory, root: Path, stage: Asked) -> Mapping[str, str]:
    """MD5s of a stage's inputs, by path, without those that are missing.

    Raises:
        BancError: one cannot be read.
    """
    return {path: file.md5 for path, file in files(memory, root, stage.inputs).items() if file.md5}
