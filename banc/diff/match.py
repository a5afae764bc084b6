"""Which stage of one graph became which of another.

In: two graphs. Out: for each stage that only the second has, the one of the first that it stands in for: the
one with its name, if that is gone; else the nearest, as for a plan, of those that are gone and have found no
other. No stage of the first stands for two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from banc.diff.runs import in_order
from banc.graph.graph import Graph
from banc.plan.nearest import Nearest, Recorded
from banc.stage.address import parameters
from banc.stage.index import Use, by_name
from banc.stage.kinds import Address, Table

Key = Callable[[Use], Use]
"""The part of a name by which runs are compared."""


def match(before: Graph, now: Graph, key: Key) -> dict[Address, Address]:
    """From addresses of ``now`` to addresses of ``before``. Tables are left out: their names are theirs."""
    gone = [address for address in in_order(before) if _counts(before, address, now)]
    new = [address for address in in_order(now) if _counts(now, address, before)]
    named: dict[tuple[str, Use], Address] = {}
    for address in gone:
        for name in _names(before, address, key):
            named.setdefault(name, address)
    was: dict[Address, Address] = {}
    taken: set[Address] = set()
    for address in new:
        for name in _names(now, address, key):
            if name in named and named[name] not in taken:
                was[address] = named[name]
                taken.add(named[name])
                break
    nearest = Nearest(
        Recorded(address, parameters(before.stages[address].stage))
        for address in gone
        if address not in taken
    )
    for address in new:
        if address in was:
            nearest.note(address, was[address])
            continue
        match = nearest.to(address, parameters(now.stages[address].stage))
        if match is not None and match.address not in taken:
            was[address] = match.address
            taken.add(match.address)
    return was


def _counts(graph: Graph, address: Address, other: Graph) -> bool:
    return address not in other.stages and not isinstance(graph.stages[address].stage, Table)


def _names(graph: Graph, address: Address, key: Key) -> Iterator[tuple[str, Use]]:
    linked = graph.stages[address]
    for use in sorted(linked.uses, key=by_name):
        yield linked.stage.KIND, key(use)
