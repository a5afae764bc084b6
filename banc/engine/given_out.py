"""Gives out GPUs to stages, in the order in which they ask.

In: GPUs, and how many stages may be on one. Out: for each stage a GPU, as long as it runs. Who asks waits,
and nobody overtakes: otherwise small stages could keep a large one waiting for ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Condition

from banc.engine.places import Gpu, Need, place


class GivenOut:
    """What is given out now."""

    def __init__(self, gpus: Sequence[Gpu], most: int | None) -> None:
        """``most``: see ``place``."""
        self._gpus, self._most = gpus, most
        self._at_work: dict[str, list[Need]] = {gpu.name: [] for gpu in gpus}
        self._line: list[object] = []
        self._change = Condition()

    @contextmanager
    def to(self, need: Need) -> Iterator[str]:
        """A GPU's name, until the end of the context; waits for it."""
        with self._change:
            ticket = object()
            self._line.append(ticket)
            self._change.wait_for(lambda: self._line[0] is ticket and self._place(need))
            gpu = self._place(need)
            assert gpu is not None
            self._line.pop(0)
            self._at_work[gpu.name].append(need)
            self._change.notify_all()
        try:
            yield gpu.name
        finally:
            with self._change:
                self._at_work[gpu.name].remove(need)
                self._change.notify_all()

    def _place(self, need: Need) -> Gpu | None:
        return place(need, self._gpus, self._at_work, self._most)
