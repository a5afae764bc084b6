"""Who taught whom: the chain of teachers above some networks, nearest first.

In: the index of what is linked, and networks' addresses. Out: every network of the chain once, each with
the positions of its own teachers. Reads no file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from banc.stage.index import Index
from banc.stage.kinds import Address

TEACHERS = ("teacher_outputs", "teachers", "shared_with")
"""The roles of a training under which it reads a teacher, or a store of a teacher's outputs."""


def ancestry(index: Index, networks: Sequence[Address]) -> Mapping[Address, tuple[Address, ...]]:
    """The networks and all above them, each with its own teachers; in the order in which they are met."""
    chain: dict[Address, tuple[Address, ...]] = {}
    waiting = list(networks)
    while waiting:
        address = waiting.pop(0)
        if address not in chain:
            chain[address] = tuple(dict.fromkeys(_teachers(index, address)))
            waiting += chain[address]
    return chain


def _teachers(index: Index, address: Address) -> Iterator[Address]:
    inputs = index.stages[address].inputs
    for role in TEACHERS:
        for name in inputs.get(role, ()):
            stage = index.stages[Address(name)]
            # A store of outputs stands between a student and its teacher.
            (teacher,) = stage.inputs["model"] if stage.kind == "predict" else (name,)
            yield Address(teacher)
