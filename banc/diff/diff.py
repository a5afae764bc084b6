"""Graph, Graph -> Difference: what of an experiment is new, gone, another, or only called otherwise.

In: two graphs. Out: the difference from the first to the second, in runs. A pure function, which knows
neither files nor what has run: the address of a stage says whether it is the same.
"""

from __future__ import annotations

from collections.abc import Mapping

from banc.diff.difference import Changed, Difference, InputsChanged, Renamed, Run
from banc.diff.match import Key, match
from banc.diff.runs import in_order, nameless, runs
from banc.diff.tables import table_changes
from banc.graph.graph import Graph
from banc.plan.fields import changes, reads
from banc.plan.reason import Change
from banc.stage.address import parameters
from banc.stage.kinds import Address


def diff(before: Graph, now: Graph) -> Difference:
    """How ``before`` becomes ``now``."""
    several = len(before.paths) > 1 or len(now.paths) > 1
    key: Key = (lambda use: use) if several else nameless
    old, new = runs(before), runs(now)
    was = match(before, now, key)
    differs = _differs(before, now, was)
    # A store or the score of a single network is no run: what stands in for one is new.
    pairs = {address: was[address] for address in new if was.get(address) in old}
    return Difference(
        added=tuple(run for address, run in new.items() if address not in old and address not in pairs),
        removed=tuple(
            run for address, run in old.items() if address not in new and address not in pairs.values()
        ),
        changed=tuple(
            Changed(old[was_one], new[address], *differs[address]) for address, was_one in pairs.items()
        ),
        renamed=tuple(
            renamed
            for address, run in new.items()
            if address in old and (renamed := _renamed(old[address], run, key))
        ),
        same=len(old.keys() & new.keys()),
        tables=tuple(table_changes(before, now)),
        several=several,
    )


_Differs = tuple[tuple[Change, ...], tuple[InputsChanged, ...], Address | None]


def _differs(before: Graph, now: Graph, was: Mapping[Address, Address]) -> dict[Address, _Differs]:
    """For each stage that stands in for another: fields, inputs, and the first cause if it has none."""
    differences: dict[Address, _Differs] = {}
    for address in in_order(now):
        if address not in was:
            continue
        then = parameters(before.stages[was[address]].stage)
        there = parameters(now.stages[address].stage)
        fields = changes(then, there)
        inputs, follows = [], None
        for role, new in reads(there).items():
            old = reads(then).get(role, ())
            as_before = {was.get(Address(parent), parent) for parent in new}
            added = tuple(Address(name) for name in new if was.get(Address(name), name) not in old)
            removed = tuple(Address(name) for name in old if name not in as_before)
            if added or removed:
                inputs.append(InputsChanged(role, removed, added))
            for parent in map(Address, new):
                if parent in differences and follows is None:
                    follows = differences[parent][2] or parent
        differences[address] = (fields, tuple(inputs), None if fields or inputs else follows)
    return differences


def _renamed(before: Run, now: Run, key: Key) -> Renamed | None:
    old, new = set(map(key, before.uses)), set(map(key, now.uses))
    if now.kind == "data" or old == new:
        return None
    return Renamed(
        now,
        tuple(use for use in before.uses if key(use) not in new),
        tuple(use for use in now.uses if key(use) not in old),
    )
