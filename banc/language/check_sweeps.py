"""Sweeps: do they name something that can be swept, fields that it has, and values that fit.

In: a spec whose names are known to exist. Out: faults. Values of a recipe's fields were checked when
the spec was read; which numbers an objective has follows from the lineage, transfer or
control.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from banc.config.objective import OBJECTIVES, Objective, OwnObjective
from banc.language.check_names import repeated
from banc.language.codes import Code
from banc.language.fault import Fault
from banc.language.positions import KeyPath
from banc.language.references import Group, groups_of
from banc.language.source import Source
from banc.language.spec import Control, Lineage, Spec, Sweep, Transfer
from banc.language.structure import keys, misfits_of_number
from banc.language.sweeps import fields, path_of, spelled

MOST_FIELDS = 2
"""Fields of one sweep: a table and a picture show two at most."""


def check_sweeps(source: Source, spec: Spec) -> Iterator[Fault]:
    """Faults of sweeps, before any run of them is declared."""
    groups = groups_of(spec)
    for name, sweep in spec.sweeps.items():
        if sweep.of not in groups:
            message = f"this spec has no lineage, transfer or control `{sweep.of}`"
            where = ("sweeps", name, "of")
            yield source.fault(Code.UNKNOWN_NAME, where, message, legal=tuple(groups), word=sweep.of)
            continue
        swept = fields(sweep)
        if not 0 < len(swept) <= MOST_FIELDS:
            message = f"`{name}` sweeps {len(swept) or 'no'} fields; one or two are possible"
            yield source.fault(Code.SWEPT_FIELDS, ("sweeps", name), message, at_key=True)
        for field, values in swept:
            if not values:
                yield source.fault(Code.EMPTY, path_of(name, field), "expected at least one value")
            yield from repeated(source, path_of(name, field), values)
            yield from _one_name(source, path_of(name, field), values)
        yield from _objective(source, name, sweep, groups[sweep.of])


def _one_name(source: Source, path: KeyPath, values: tuple[Any, ...]) -> Iterator[Fault]:
    """Values so near to one another that their columns would have one name."""
    named: dict[str, Any] = {}
    for index, value in enumerate(values):
        if (first := named.setdefault(spelled(value), value)) != value:
            numbers = " and ".join(
                str(list(one) if isinstance(one, tuple) else one) for one in (first, value)
            )
            message = f"{numbers} are both spelled `{spelled(value)}` in the names of columns"
            yield source.fault(Code.REPEATED, (*path, index), message)


def _objective(source: Source, name: str, sweep: Sweep, group: Group) -> Iterator[Fault]:
    bases = _objectives(group)
    for key, values in sweep.objective.items():
        path = path_of(name, ("objective", key))
        if any(isinstance(base, OwnObjective) for base in bases):
            message = (
                f"`{sweep.of}` minimises a function of your own, which has no field to sweep: "
                "declare another group for each of its arguments"
            )
            yield source.fault(Code.UNKNOWN_KEY, path, message, at_key=True)
            continue
        without = [base for base in bases if key not in keys(type(base))[1:]]
        if without and isinstance(group, Control):
            message = f"`{sweep.of}` is a control: it learns from the labels, and only its recipe has fields"
            yield source.fault(Code.UNKNOWN_KEY, path, message, at_key=True)
            continue
        if without:
            message = f"the objective `{without[0].slug}` of `{sweep.of}` has no `{key}`"
            legal = keys(type(without[0]))[1:]
            yield source.fault(Code.UNKNOWN_KEY, path, message, at_key=True, legal=legal, word=key)
            continue
        for index, value in enumerate(values):
            for base in bases:
                faults = list(misfits_of_number(source, (*path, index), base, key, value))
                yield from faults
                if faults:
                    break


def _objectives(group: Group) -> tuple[Objective, ...]:
    """Every objective that some run of the group minimises."""
    match group:
        case Control():
            return (OBJECTIVES["labels"],)
        case Lineage(objectives=(_, *_)):
            own = group.objectives
        case Lineage() | Transfer():
            own = (group.objective,)
    exceptions = (changes.objective for changes in group.except_.values() if changes.objective is not None)
    bases = list[Objective]()
    for objective in (*own, *exceptions):
        if objective not in bases:  # by comparison: the arguments of a function of one's own have no hash
            bases.append(objective)
    return tuple(bases)
