"""Which GPU a stage gets, while others are at work on them.

In: the GPUs, what is at work on each, and what the stage needs. Out: a GPU, or none yet. Pure functions. What
a stage needs is what one like it took before (``stage.timing``); nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from banc.plan.work import Work
from banc.stage.kinds import Address
from banc.stage.timing import Timing

CONTEXT = 700 * 2**20
"""Bytes of a GPU that a process takes beside torch's: CUDA's own."""

SHARE = 0.9
"""Of a GPU's memory, at most, what several stages may be known to need together."""

MOST = 8
"""Stages on one GPU, at most, where memory alone decides."""

Need = int | None
"""Bytes of a GPU's memory; None: nobody knows."""


@frozen
class Gpu:
    """Something that a stage may get."""

    name: str
    """As CUDA_VISIBLE_DEVICES has it; of a training by several processes several, ``0,1``."""
    memory: int | None = None
    """Bytes; None: nobody told."""


def needs(works: Mapping[Address, Work], timings: Iterable[Timing]) -> dict[Address, int]:
    """The most that stages like each took before, by address; not of those of which there were none."""
    most: dict[object, int] = {}
    for timing in timings:
        if timing.memory:
            key = (timing.kind, timing.network, timing.precision, timing.batch, timing.live)
            most[key] = max(most.get(key, 0), timing.memory)
    found = {}
    for address, work in works.items():
        if work.network is not None:
            live = tuple(sorted(teacher.key for teacher in work.live))
            key = (work.kind, work.network.key, work.network.precision, work.batch, live)
            if key in most:
                found[address] = most[key]
    return found


def place(
    need: Need, gpus: Sequence[Gpu], at_work: Mapping[str, Sequence[Need]], most: int | None
) -> Gpu | None:
    """The GPU with the fewest stages on which one more may begin; None: it has to wait.

    Args:
        at_work: what the stages need that are on each GPU, by its name.
        most: how many may be on one GPU, where a person has said it; those of unknown memory, too. None: as
            many as are known to fit, and what is not known has a GPU alone.
    """
    free = [gpu for gpu in gpus if _fits(need, gpu, at_work.get(gpu.name, ()), most)]
    return min(free, key=lambda gpu: len(at_work.get(gpu.name, ())), default=None)


def _fits(need: Need, gpu: Gpu, others: Sequence[Need], most: int | None) -> bool:
    if not others:
        return True  # if it is too large for the whole GPU, it will say so itself
    if len(others) >= (MOST if most is None else most):
        return False
    together = [need, *others]
    known = [each + CONTEXT for each in together if each is not None]
    if most is None and (gpu.memory is None or len(known) < len(together)):
        return False
    return gpu.memory is None or sum(known) <= SHARE * gpu.memory
