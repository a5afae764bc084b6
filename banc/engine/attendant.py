"""Does one job when its inputs are there: keeps it, has it restored, finds it made, or runs it.

In: a job, what DVC has recorded of it, and the files as they are now. Out: whether the stage is done; and
outputs, of which the recorder hears. What DVC would decide is decided here by the same function as in a plan
(``plan.decide``), now that every input is known.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from pathlib import Path

from banc.engine.dvc import Dvc
from banc.engine.event import Begins, Event, Failed, Found, Halted, Ran, Spared
from banc.engine.given_out import GivenOut
from banc.engine.machine import Machine
from banc.engine.recorder import Recorder, digests
from banc.engine.stages import Stages, why
from banc.engine.work import Job
from banc.errors import BancError
from banc.plan.asked import Asked
from banc.plan.decide import Changed, Decision, Kept, Known, Restored, decide
from banc.stage.kinds import Address
from banc.stage.made import Announced, Made, announce, read_made, stands, versions
from banc.state.cache import cached
from banc.state.digests import files
from banc.state.memory import Memory
from banc.state.state import State


class Attendant:
    """Does the jobs of one work, several at once: it is called by a thread for each."""

    def __init__(
        self,
        root: Path,
        cache: Path,
        state: State,
        jobs: Mapping[Address, Job],
        machine: Machine,
        dvc: Dvc,
        say: Callable[[Event], None],
    ) -> None:
        """``state`` was read before any job began; ``cache`` is DVC's."""
        self._root, self._cache, self._state, self._jobs, self._say = root, cache, state, jobs, say
        self._dvc, self._memory = dvc, Memory(root)
        self._gpus = GivenOut(machine.gpus, machine.per_gpu) if machine.gpus else None
        self.stages = Stages(root, fork=machine.forks and len(jobs) > 1)
        self.done: set[Address] = set()
        self.failed: dict[Address, str] = {}
        self.recorder = Recorder(root, dvc, self.fail)

    def attend(self, address: Address, gone: Callable[[], bool]) -> bool:
        """Whether the stage is done now, one way or the other."""
        job = self._jobs[address]
        try:
            done = not self.stages.stopped and self._attend(job, gone)
        except BancError as error:
            self.fail(address, error.message)
            return False
        except OSError as error:
            self.fail(
                address, f"{error.strerror or error}" + (f": `{error.filename}`" if error.filename else "")
            )
            return False
        if done:
            self.done.add(address)
        return done

    def fail(self, address: Address, why: str) -> None:
        """Notes what went wrong, and says it."""
        self.failed[address] = why
        self._say(Failed(address, why))

    def _attend(self, job: Job, gone: Callable[[], bool]) -> bool:
        stage, address = job.stage, job.stage.address
        seen = versions(self._root, stage.inputs)  # before they are digested: what comes after is noticed
        inputs = digests(self._memory, self._root, stage)
        if missing := [path for path in stage.inputs if path not in inputs]:
            raise BancError(f"input `{missing[0]}` is missing")
        unrecorded = self.recorder.unrecorded()  # before DVC's cache is looked at: it may just be filled
        decision = self._decide(stage)
        if isinstance(decision, Changed) and self._may_come_back(stage, unrecorded):
            self.recorder.flush()
            decision = self._decide(stage)
        match decision:
            case Kept():
                self._say(Spared(address, restored=False))
                return True
            case Restored():
                return self._restore(stage)
            case _:
                made = read_made(self._root, address)
                if made and made.inputs == inputs and stands(self._root, made, stage.outputs):
                    self._say(Found(address))
                    self.recorder.add(stage, made)
                    return True
                return self._run(job, Announced(inputs, seen), gone)

    def _decide(self, stage: Asked, also_cached: Callable[[str], bool] = lambda _: False) -> Decision:
        """``also_cached``: of an MD5, whether DVC's cache counts as having the bytes, even if it has not."""
        root, memory = self._root, self._memory
        known = Known(
            entry=self._state.locks.get(stage.lock, {}).get(stage.address),
            runs=self._state.runs.get(stage.address, {}),
            outputs=files(memory, root, stage.outputs),
            cached=lambda md5: also_cached(md5) or bool(cached(memory, self._cache, [md5])),
        )
        return decide(stage, known, files(memory, root, stage.inputs))

    def _may_come_back(self, stage: Asked, unrecorded: Iterable[Asked]) -> bool:
        """Whether it would be spared, once DVC's cache has what these other stages have made.

        Where all of the cache is lost and the locks are not, any stage would be, had the cache its bytes. So
        it matters which bytes there will be: else each stage would wait for DVC to record those before it.
        """
        if isinstance(self._decide(stage, lambda _: True), Changed):
            return False
        paths = [path for other in unrecorded for path in other.outputs]
        made = {file.md5 for file in files(self._memory, self._root, paths).values()}
        return not isinstance(self._decide(stage, made.__contains__), Changed)

    def _restore(self, stage: Asked) -> bool:
        if refused := self._dvc.repro([stage]):
            self.fail(stage.address, refused)
            return False
        self._say(Spared(stage.address, restored=True))
        return True

    def _run(self, job: Job, inputs: Announced, gone: Callable[[], bool]) -> bool:
        stage, address = job.stage, job.stage.address
        with self._gpus.to(job.memory) if job.network and self._gpus else nullcontext("") as gpu:
            environment = announce(self._root, address, inputs)
            if gpu:
                environment["CUDA_VISIBLE_DEVICES"] = gpu
            for path in stage.outputs:  # as DVC does: of a stage that fails nothing old is left
                (self._root / path).unlink(missing_ok=True)
            self._say(Begins(address, gpu))
            begin = time.monotonic()
            code = self.stages.run(address, stage.command, environment, gone, heavy=job.network)
        if code is None:
            return False
        if code and self.stages.stopped:
            reason = why(self._root, address, code)
            # One that is stopped before or after its work says nothing of it.
            self._say(Halted(address, reason if "stopped by" in reason else "stopped"))
            return False
        if code:
            self.fail(address, why(self._root, address, code))
            return False
        return self._publish(stage, read_made(self._root, address), time.monotonic() - begin)

    def _publish(self, stage: Asked, made: Made | None, seconds: float) -> bool:
        if made is None or not stands(self._root, made, stage.outputs):
            self.fail(stage.address, "it ended well, but its outputs are not there")
            return False
        self._say(Ran(stage.address, seconds))
        self.recorder.add(stage, made)
        return True
