"""Networks and objectives whose code is not banc's, tried in a process of their own.

In: declared networks. Out: that each can be trained, and what it costs; or why not. Their code can print,
leave the folder or the process, crash or hang: one network's fault is told, and the next one is tried in a
fresh process. Imports no torch: one process does, for all networks of a call, since that takes seconds.
"""

from __future__ import annotations

import codecs
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import attrs

from banc.config.converter import new_converter
from banc.config.custom import FactoryNetwork
from banc.config.image import ImageShape
from banc.config.model import Model
from banc.config.objective import Objective, OwnObjective
from banc.errors import UsageError
from banc.models.unusable import NoAnswer, Unusable
from banc.printable import printable

VARIABLE = "BANC_TRIAL_SECONDS"
SECONDS = 60.0
"""How long a network may take to be built and shown images, where the variable is not set."""

Question = Literal["usable", "cost", "tensors"]

PRINTED = 20_000
"""Number of characters shown of what one network's code prints."""

# The same modules as here, and never those that happen to lie in the current folder.
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from banc.models.validation.validator_process import main; main()"
)
_GLANCE = 0.05
"""Seconds between two looks at whether the process is there. What it started may hold its pipes open."""


class NetworkValidator:
    """The process, started when it is first needed; it ends with the ``with`` block, whatever happens."""

    def __init__(self) -> None:
        self._seconds = _seconds()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> NetworkValidator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def run(self, model: Model, image: ImageShape, root: Path, *, ask: Question = "usable") -> Any:
        """Builds the network on meta tensors and shows it images (``models.validation.validate``).

        Args:
            root: the workspace, in which a network's file lies. The file is run.
            ask: what is to be known beside whether it can be trained.

        Returns:
            None; the fields of ``models.measure.NetworkCost``; or what ``models.build.tensors_of`` gives, as
            lists.

        Raises:
            NoAnswer: the code ended its process, or took too long.
            Unusable: the network cannot be trained.
        """
        converter = new_converter()
        request = {
            "model": converter.unstructure(model, unstructure_as=Model),
            "image": attrs.asdict(image),
            "root": str(root.resolve()),
            "ask": ask,
        }
        return self._answer(request, _called(model), "be built and shown two images")

    def run_objective(self, objective: OwnObjective, classes: int, root: Path) -> None:
        """Calls the objective with made tensors (``models.validation.validate_objective``).

        Raises:
            NoAnswer: the code ended its process, or took too long.
            Unusable: nothing can be trained with it.
        """
        request = {
            "objective": new_converter().unstructure(objective, unstructure_as=Objective),
            "classes": classes,
            "root": str(root.resolve()),
        }
        self._answer(request, f"`{objective.function}` of `{objective.file}`", "be called on made tensors")

    def _answer(self, request: dict[str, Any], called: str, task: str) -> Any:
        try:
            answer = self._ask(json.dumps(request).encode() + b"\n", task)
        except _Lost as lost:
            self._end()
            raise NoAnswer(f"{called} {lost}", hint=lost.hint) from None
        if reason := answer.get("unusable"):
            legal = tuple(reason["legal"])
            raise Unusable(reason["message"], key=reason["key"], legal=legal, hint=reason["hint"])
        return answer["answer"]

    def _ask(self, request: bytes, task: str) -> dict[str, Any]:
        """Sends a request and waits for its answer, showing what is printed meanwhile."""
        process = self._process = self._process or _started()
        assert process.stdin and process.stdout and process.stderr
        with suppress(BrokenPipeError):  # then it has ended, which is seen below
            process.stdin.write(request)
            process.stdin.flush()
        printed, answers, deadline = _Printed(), b"", None
        with selectors.DefaultSelector() as selector:
            for stream in (process.stdout, process.stderr):
                selector.register(stream, selectors.EVENT_READ)
            while True:
                ended = process.poll() is not None
                for key, _ in selector.select(0 if ended else _GLANCE):
                    block = os.read(key.fd, 65536)
                    if not block:
                        selector.unregister(key.fileobj)
                    elif key.fileobj is process.stderr:
                        printed.show(block)
                    else:
                        answers += block
                        ended = False  # perhaps there is more to read
                while b"\n" in answers:
                    line, answers = answers.split(b"\n", 1)
                    value = json.loads(line)
                    if "begun" not in value:
                        printed.rest(process.stderr.fileno())
                        return value  # type: ignore[no-any-return]
                    deadline = time.monotonic() + self._seconds
                if ended:
                    printed.rest(process.stderr.fileno())
                    raise _left(process.wait())
                if deadline is not None and time.monotonic() > deadline:
                    raise _Lost(
                        f"took more than {self._seconds:g} s to {task}",
                        hint=f"{VARIABLE}={2 * self._seconds:g} waits longer",
                    )

    def _end(self) -> None:
        """Ends the process and whatever it started."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            assert stream
            with suppress(BrokenPipeError):
                stream.close()


class _Lost(Exception):
    """Why there is no answer, as the end of a sentence."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class _Printed:
    """What the code of one network prints: shown on standard error, cleaned, and only so much of it."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._room = PRINTED

    def show(self, block: bytes) -> None:
        text = self._decode(block)
        if self._room > 0:
            more = "\n... and more\n" if len(text) > self._room else ""
            sys.stderr.write(printable(text[: self._room], keep="\t\n") + more)
            self._room -= len(text)

    def rest(self, pipe: int) -> None:
        """Shows what is in the pipe by now."""
        os.set_blocking(pipe, False)
        with suppress(BlockingIOError):
            while self._room > 0 and (block := os.read(pipe, 65536)):
                self.show(block)
        os.set_blocking(pipe, True)


def _started() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-c", _START, json.dumps(sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A group of its own: it can be ended with all that it started, and Ctrl-C is banc's to answer.
        start_new_session=True,
    )


def _left(status: int) -> _Lost:
    if status >= 0:
        return _Lost(f"left its process with exit status {status}")
    name = signal.Signals(-status).name if -status in set(signal.Signals) else f"signal {-status}"
    hint = "perhaps memory was exhausted" if -status == signal.SIGKILL else None
    return _Lost(f"crashed: its process was ended by {name}", hint=hint)


def _called(model: Model) -> str:
    return f"`{model.function}` of `{model.file}`" if isinstance(model, FactoryNetwork) else f"`{model.slug}`"


def _seconds() -> float:
    text = os.environ.get(VARIABLE, "") or f"{SECONDS:g}"
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e6:
        raise UsageError(f"{VARIABLE} is `{text}`", hint="expected a number of seconds, such as 300")
    return seconds
