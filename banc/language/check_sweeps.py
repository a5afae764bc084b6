"""Sweeps: do they name something that can be swept, fields that it has, and values that fit.

In: a spec whose names are known to exist. Out: faults. Values of a recipe's fields were checked when
the spec was read; which numbers an objective has follows from the lineage or transfer.
"""

from __future__ import annotations

from collections.abc import Iterator

from banc.config.objective import Objective
from banc.language.check_names import repeated
from banc.language.codes import Code
from banc.language.fault import Fault
from banc.language.source import Source
from banc.language.spec import Lineage, Spec, Sweep, Transfer
from banc.language.structure import keys, misfits_of_number
from banc.language.sweeps import fields, path_of

MOST_FIELDS = 2
"""Fields of one sweep: a table and a picture show two at most."""


def check_sweeps(source: Source, spec: Spec) -> Iterator[Fault]:
    """Faults of sweeps, before any run of them is declared."""
    groups = (*spec.lineages, *spec.transfers)
    for name, sweep in spec.sweeps.items():
        if sweep.of not in groups:
            message = f"this spec has no lineage or transfer `{sweep.of}`"
            where = ("sweeps", name, "of")
            yield source.fault(Code.UNKNOWN_NAME, where, message, legal=groups, word=sweep.of)
            continue
        swept = fields(sweep)
        if not 0 < len(swept) <= MOST_FIELDS:
            message = f"`{name}` sweeps {len(swept) or 'no'} fields; one or two are possible"
            yield source.fault(Code.SWEPT_FIELDS, ("sweeps", name), message, at_key=True)
        for field, values in swept:
            if not values:
                yield source.fault(Code.EMPTY, path_of(name, field), "expected at least one value")
            yield from repeated(source, path_of(name, field), values)
        yield from _objective(source, spec, name, sweep)


def _objective(source: Source, spec: Spec, name: str, sweep: Sweep) -> Iterator[Fault]:
    group = spec.lineages[sweep.of] if sweep.of in spec.lineages else spec.transfers[sweep.of]
    bases = _objectives(group)
    for key, values in sweep.objective.items():
        path = path_of(name, ("objective", key))
        without = [base for base in bases if key not in keys(type(base))[1:]]
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


def _objectives(group: Lineage | Transfer) -> tuple[Objective, ...]:
    """Every objective that some student of the group minimises."""
    exceptions = (changes.objective for changes in group.except_.values() if changes.objective is not None)
    own = group.objectives if isinstance(group, Lineage) and group.objectives else (group.objective,)
    return tuple(dict.fromkeys((*own, *exceptions)))
