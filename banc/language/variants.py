"""Runs that differ in one number alone: what a person makes who looks for its best value.

In: the runs that a spec declares. Out: those that are variants of one another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs
from attrs import frozen

from banc.language.declared import DeclaredRun, Run

SEVERAL = 3
"""Values of one number that are a search; two are a comparison, as papers make it."""


@frozen
class Variants:
    """Runs of one network with one teacher."""

    network: str
    field: str
    """The number in which they differ: `objective.temperature`."""
    runs: tuple[DeclaredRun, ...]
    """One for each value, in the order of the spec."""


def variants(runs: Iterable[Run]) -> Iterator[Variants]:
    """Trainings that differ in one number of recipe or objective, of at least ``SEVERAL`` values, alone."""
    alike: dict[tuple[str, str], dict[float, DeclaredRun]] = {}
    for run in runs:
        if not isinstance(run, DeclaredRun):
            continue
        plain = {"recipe": attrs.asdict(run.recipe), "objective": attrs.asdict(run.objective)}
        fields = dict(_leaves(plain))
        kinds = [run.network, run.teacher, run.objective.TAG, sorted(run.share), run.share_frozen]
        for field, value in fields.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                rest = repr((kinds, {**fields, field: None}))
                alike.setdefault((field, rest), {}).setdefault(value, run)
    for (field, _), by_value in alike.items():
        if len(by_value) >= SEVERAL:
            several = tuple(by_value.values())
            yield Variants(several[0].network, field, several)


def _leaves(tree: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Every field with its dotted name."""
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value
