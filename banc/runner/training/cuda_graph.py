"""Work that a GPU records once and then repeats: CUDA graphs.

A step of a small network is hundreds of short kernels, and a host that starts them one by one is slower than
they are. A graph starts all of them at once. In: a function of tensors. Out: the same function, with the same
bytes: the same kernels in the same order.

As torch's documentation of CUDA graphs asks: a recorded call always reads and writes the same memory, so its
arguments are copied into tensors of its own; it has a stream of its own, and so do the calls before it, in
which libraries set themselves up and gradients get their places. Those calls are real ones, and recording
computes nothing: so there are no weights, momenta or running statistics to put back. No function here may
wait for the device, or decide anything by its numbers.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import torch
from attrs import frozen
from torch import Tensor

from banc.config.model import Model, UserNetwork
from banc.config.objective import Objective, OwnObjective
from banc.errors import UsageError

VARIABLE = "BANC_CUDA_GRAPHS"
WARM_UP = 3
"""Calls of one kind before it is recorded: as many as torch's documentation takes."""

Call = Callable[[], Tensor | None]


class Graphs(Protocol):
    """Where work is recorded."""

    def stream(self) -> AbstractContextManager[None]:
        """Work inside is done after what came before, and before what comes after."""

    def record(self, call: Call) -> tuple[Tensor | None, Callable[[], None]]:
        """What ``call`` would give, without its numbers, and what computes them. Used inside ``stream``.

        Raises:
            RuntimeError: it cannot be recorded, or there is no memory for it.
        """

    def give_up(self, error: RuntimeError) -> None:
        """Is told that something cannot be recorded, and is done kernel by kernel."""


class CudaGraphs:
    """Those of torch."""

    def __init__(self, say: Callable[[str], None]) -> None:
        """Of the current device.

        Args:
            say: is told in one line what could not be recorded.
        """
        self.complete = True
        """Whether all could be recorded so far."""
        self._say = say
        self._stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]

    @contextmanager
    def stream(self) -> Iterator[None]:
        """See ``Graphs``."""
        outside = torch.cuda.current_stream()
        self._stream.wait_stream(outside)
        with torch.cuda.stream(self._stream):
            yield
        outside.wait_stream(self._stream)

    def record(self, call: Call) -> tuple[Tensor | None, Callable[[], None]]:
        """See ``Graphs``."""
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=self._stream):
            result = call()
        return result, graph.replay

    def give_up(self, error: RuntimeError) -> None:
        """See ``Graphs``."""
        self.complete = False
        reason = str(error).partition("\n")[0]
        self._say(f"warning: no CUDA graph: {reason}; the stage goes on without")


@frozen(eq=False)
class _Recording:
    """A call that was recorded."""

    kind: Hashable
    """Which calls it stands for."""
    inputs: tuple[object, ...]
    """What it reads."""
    result: Tensor | None
    """What it writes."""
    replay: Callable[[], None]


class Recorded:
    """A function of tensors, and of what never changes, whose most frequent kind of call is recorded.

    Calls are of one kind if their tensors have the same shapes and number types and lie in memory alike, and
    their other arguments are equal. The last, smaller batch of an epoch is of another kind than the others.
    """

    def __init__(self, function: Callable[..., Tensor | None], graphs: Graphs) -> None:
        """
        Args:
            function: what it gives, and what else it changes, must lie in tensors.
        """
        self._function, self._graphs = function, graphs
        self._calls: Counter[Hashable] = Counter()
        self._recordable = True
        self._recording: _Recording | None = None

    def __call__(self, *inputs: object) -> Tensor | None:
        """The function's result."""
        with self._graphs.stream():
            kind = tuple(map(_kind, inputs))
            if self._recordable and self._recording is None and self._calls[kind] == WARM_UP:
                self._record(kind, inputs)
            recording = self._recording
            if recording is None or recording.kind != kind:
                self._calls[kind] += 1
                return self._function(*inputs)
            for mine, given in zip(recording.inputs, inputs, strict=True):
                if isinstance(mine, Tensor) and isinstance(given, Tensor):
                    mine.copy_(given)
            recording.replay()
            return None if recording.result is None else recording.result.clone()

    def _record(self, kind: Hashable, inputs: tuple[object, ...]) -> None:
        mine = tuple(each.clone() if isinstance(each, Tensor) else each for each in inputs)
        try:
            result, replay = self._graphs.record(lambda: self._function(*mine))
        except RuntimeError as error:
            # It has computed nothing, so this call and all others are done as those before.
            self._recordable = False
            self._graphs.give_up(error)
            return
        self._recording = _Recording(kind, mine, result, replay)


def why_not_recorded(
    model: Model, device: torch.device, processes: int, objective: Objective | None = None
) -> str | None:
    """Why the work of this network is done step by step; None where it is recorded.

    Raises:
        UsageError: BANC_CUDA_GRAPHS is neither 0 nor 1.
    """
    chosen = os.environ.get(VARIABLE) or "1"
    if chosen not in ("0", "1"):
        raise UsageError(f"{VARIABLE} is `{chosen}`", hint="expected `0` or `1`")
    if device.type != "cuda":
        return "there is no GPU"
    if chosen == "0":
        return f"{VARIABLE} is `0`"
    if isinstance(model, UserNetwork):
        return "a network of one's own may decide by numbers, or draw some"
    if isinstance(objective, OwnObjective):
        return "an objective of one's own may decide by numbers"
    if processes > 1:
        return "several processes train together"
    return None


def _kind(value: object) -> Hashable:
    if isinstance(value, Tensor):
        return value.shape, value.stride(), value.dtype
    assert isinstance(value, Hashable)
    return value
