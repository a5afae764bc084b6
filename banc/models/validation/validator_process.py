"""The process in which networks are built whose code is not banc's.

In: a line of JSON for each network, on standard input. Out: two lines of JSON for each, on what was standard
output when the process began: that its code is run from now on, and what came of it. What that code prints
goes to standard error, and it reads nothing. ``validator`` starts this process and knows what it asked.
"""

from __future__ import annotations

import io
import json
import os
import queue
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs

from banc.config.converter import new_converter
from banc.config.custom import FactoryNetwork
from banc.config.image import ImageShape
from banc.config.model import Model, TorchvisionNetwork
from banc.config.objective import Objective
from banc.models.unusable import Unusable, describe_exception


def main() -> None:
    """Answers until standard input ends, as it does when banc does; then nothing is left of this process."""
    requests, answers, shown = os.dup(0), os.dup(1), os.dup(2)
    nothing = os.open(os.devnull, os.O_RDONLY)
    _be_chosen_where_memory_ends()
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests, lines), daemon=True).start()
    start = Path.cwd()

    def answer(value: dict[str, Any]) -> None:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):  # a person's code may have closed it
                stream.flush()
        text = memoryview(json.dumps(value).encode() + b"\n")
        while text:
            text = text[os.write(answers, text) :]

    while True:
        request = json.loads(lines.get())
        # Each network finds the folder and the streams that the first one found.
        os.chdir(start)
        _open_streams(nothing, shown)
        answer(_tried(request, answer))


def _open_streams(nothing: int, shown: int) -> None:
    """Gives a network's code an empty standard input, and one stream for standard output and standard
    error.
    """
    for source, stream in ((nothing, 0), (shown, 1), (shown, 2)):
        os.dup2(source, stream)
    empty = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)))
    sys.stdin = sys.__stdin__ = empty  # type: ignore[misc]
    sys.stdout = sys.__stdout__ = _writing(1)  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = _writing(2)  # type: ignore[misc]


def _writing(stream: int) -> io.TextIOWrapper:
    file = io.BufferedWriter(io.FileIO(stream, "w", closefd=False))
    return io.TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", line_buffering=True)


def _tried(request: dict[str, Any], answer: Any) -> dict[str, Any]:
    """Whether the network can be trained, and what else is asked for."""
    converter = new_converter()
    if "objective" in request:
        return _tried_objective(request, answer)
    union: Any = Model
    model = converter.structure(request["model"], union)
    image = converter.structure(request["image"], ImageShape)
    root = Path(request["root"])
    # Imports take seconds, which are not the network's. torch has more of them for its first meta tensors.
    import torch

    from banc.models.build import build_meta, tensors_of
    from banc.models.measure import measure
    from banc.models.validation.validate import validate_network

    torch.nn.Linear(1, 1, device="meta")(torch.empty(1, 1, device="meta"))

    if isinstance(model, TorchvisionNetwork):
        import banc.models.torchvision  # noqa: F401
    answer({"begun": True})
    try:
        validate_network(model, image, root)
        match request["ask"]:
            case "cost":
                return {"answer": attrs.asdict(measure(build_meta(model, image, root), image))}
            case "tensors":
                return {"answer": tensors_of(build_meta(model, image, root))}
            case _:
                return {"answer": None}
    except Unusable as error:
        answer = {"message": error.message, "key": error.key, "legal": error.legal, "hint": error.hint}
        return {"unusable": answer}
    except BaseException as error:
        # What is neither an Exception nor SystemExit: KeyboardInterrupt, or one that is theirs.
        file = model.file if isinstance(model, FactoryNetwork) else None
        reason = describe_exception(error, file, str(root / file) if file else None)
        return {"unusable": {"message": reason, "key": None, "legal": [], "hint": None}}


def _tried_objective(request: dict[str, Any], answer: Any) -> dict[str, Any]:
    """Whether it can be trained with."""
    union: Any = Objective
    objective = new_converter().structure(request["objective"], union)
    root = Path(request["root"])
    from banc.models.validation.validate_objective import validate_objective

    answer({"begun": True})
    try:
        validate_objective(objective, request["classes"], root)
    except Unusable as error:
        answer = {"message": error.message, "key": error.key, "legal": error.legal, "hint": error.hint}
        return {"unusable": answer}
    except BaseException as error:
        reason = describe_exception(error, objective.file, str(root / objective.file))
        return {"unusable": {"message": reason, "key": None, "legal": [], "hint": None}}
    return {"answer": None}


def _listen(requests: int, lines: queue.SimpleQueue[bytes]) -> None:
    """Hands on what is asked. When banc is gone, so is this process and all that was started in it."""
    with os.fdopen(requests, "rb") as stream:
        for line in stream:
            lines.put(line)
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


def _be_chosen_where_memory_ends() -> None:
    """Linux ends a process where memory is exhausted: this one, before those that train."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
