"""What ``banc repro`` says: a line as a stage begins and as it ends, by the names of people.

In: events and an outcome. Out: lines, and the error that says what failed, what was not run for it, and how
to go on.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from threading import Lock

from banc.cli.fitted import say
from banc.cli.terminal import silence
from banc.engine.event import Begins, Event, Failed, Found, Halted, Ran, Spared
from banc.engine.machine import Machine
from banc.engine.repro import Outcome
from banc.engine.stages import LOGS
from banc.errors import BancError
from banc.plan.step import Keep, Plan, Restore, Run, Wait
from banc.printable import lasted, printable
from banc.stage.heartbeat import Failure
from banc.stage.index import Index
from banc.stage.kinds import Address
from banc.stage.names import label

SHOWN = 10
"""Failures of which the error tells; the lines before tell of all."""


class Lines:
    """Prints events as they come, from whichever thread."""

    def __init__(self, index: Index, total: int, *, few: bool = False) -> None:
        """``total``: how many stages may run. ``few``: say only what went wrong; a screen has the rest."""
        self._index, self._total, self._few = index, total, few
        self._ended: set[Address] = set()
        self._lock = Lock()
        self._begin = time.monotonic()
        self.ran = 0

    def say(self, event: Event) -> None:
        """One line."""
        with self._lock:
            match event:
                case Begins(address, gpu):
                    self._print("begins", address, f", GPU {gpu}" if gpu else "")
                case Ran(address, seconds):
                    self.ran += 1
                    self._end("done", address, f", {lasted(seconds)}")
                case Spared(address, restored):
                    self._end("restored" if restored else "kept", address, "")
                case Found(address):
                    self._end("found", address, ": it ran before and was not recorded")
                case Failed(address, why):
                    self._end("failed", address, f": {printable(why)}")
                case Halted(address, why):
                    self._print("stopped", address, f": {printable(why)}")

    def seconds(self) -> float:
        """Since the first stage could begin."""
        return time.monotonic() - self._begin

    def _end(self, word: str, address: Address, more: str) -> None:
        self._ended.add(address)
        self._print(word, address, more)

    def _print(self, word: str, address: Address, more: str) -> None:
        if self._few and word not in ("failed", "stopped"):
            return
        width = len(str(self._total))
        line = f"[{len(self._ended):{width}}/{self._total}] {word:<8} {_named(self._index, address)}{more}"
        try:
            say([line])
        except OSError as error:  # who read it has gone; the work is not to suffer for that
            silence(sys.stdout)
            with suppress(OSError):
                reason = (error.strerror or str(error)).lower()
                print(f"warning: no more lines ({reason}); the run goes on", file=sys.stderr)


def first_line(plan: Plan, machine: Machine) -> str:
    """``30 to run, 2 to restore, 4 kept; 2 at a time, on GPUs 0 and 2``."""
    counts = [
        (len(plan.of(Run)), "to run"),
        (len(plan.of(Wait)), "that may run"),
        (len(plan.of(Restore)), "to restore"),
    ]
    text = ", ".join(f"{number} {word}" for number, word in counts if number)
    kept = f"{len(plan.of(Keep))} kept"
    if not text:
        return f"nothing to run, {kept}"
    gpus = [gpu.name for gpu in machine.gpus]
    where = f", on GPU{'s' if gpus[1:] else ''} {' and '.join(gpus)}" if gpus else ""
    return f"{text}, {kept}; {machine.jobs} at a time{where}"


def told(
    outcome: Outcome, index: Index, lines: Lines, failures: Mapping[Address, Failure]
) -> BancError | None:
    """Prints what was done; the error, if not all was.

    Args:
        failures: what the stages that failed left, with the cure where they know it.
    """
    if lines.ran or outcome.failed or outcome.skipped:
        print(f"{lines.ran} ran in {lasted(lines.seconds())}")
    skipped = len(outcome.skipped)
    if outcome.stopped:
        error = BancError(
            f"stopped: {_stages(skipped + len(outcome.failed))} did not end",
            hint="`banc repro` goes on from here",
        )
        error.exit_code = 128 + outcome.stopped
        return error
    if not outcome.failed:
        return None
    failed = [f"  {_named(index, address)}: {why}" for address, why in outcome.failed.items()]
    # Each cure once: stages often fail of the same cause. What an earlier run left ends otherwise.
    left = ((failures[address], why) for address, why in outcome.failed.items() if address in failures)
    cures = dict.fromkeys(failure.hint or "" for failure, why in left if why.endswith(failure.message))
    if failed[SHOWN:]:
        failed = [*failed[:SHOWN], f"  and {len(failed) - SHOWN} more"]
    cured = [f"  hint: {printable(cure)}" for cure in cures if cure][:SHOWN]
    them = "them" if failed[1:] else "it"
    they = "it depends" if skipped == 1 else "they depend"
    missed = f"not run, since {they} on {them}: {_stages(skipped)}; " if skipped else ""
    return BancError(
        "\n".join([f"{_stages(len(outcome.failed))} failed", *failed, *cured]),
        hint=f"{missed}{_logs(outcome.failed, failures)}; `banc repro` goes on from here",
    )


def _logs(failed: Mapping[Address, str], ran: Mapping[Address, Failure]) -> str:
    if len(failed) == 1 and ran:
        return f"`{LOGS}/{next(iter(failed))}.log` has all that it said"
    return f"`{LOGS}/` has all that a stage said, by its address"


def _named(index: Index, address: Address) -> str:
    return label(index, address) or address


def _stages(number: int) -> str:
    return f"{number} stage{'' if number == 1 else 's'}"
