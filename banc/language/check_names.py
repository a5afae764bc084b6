"""Names: can they be used, do they differ, is what is listed declared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from math import prod

from banc.language.codes import Code
from banc.language.columns import most_generations, sweep_columns
from banc.language.fault import Fault
from banc.language.positions import KeyPath
from banc.language.references import groups_of, listed, select
from banc.language.source import Source
from banc.language.spec import LONGEST, RESERVED, TEACHER, Spec
from banc.language.sweeps import fields
from banc.printable import cropped

MOST_RUNS = 10_000
"""Runs of one spec, with all its seeds."""


def check_names(source: Source, spec: Spec) -> Iterator[Fault]:
    """Faults of names and of lists of names."""
    yield from _own_names(source, spec)
    wrong = list(_selections(source, spec))
    yield from wrong
    if not wrong:
        yield from _pairs_and_models(source, spec)
        yield from _exceptions(source, spec)
        yield from _too_many(source, spec)
    yield from _generations(source, spec)
    yield from _teacher_seeds(source, spec)
    yield from repeated(source, ("seeds",), spec.seeds)
    for name, transfer in spec.transfers.items():
        path: KeyPath = ("transfers", name)
        yield from repeated(source, (*path, "share"), transfer.share)
        for model, changes in transfer.except_.items():
            yield from repeated(source, (*path, "except", model, "share"), changes.share or ())


def _own_names(source: Source, spec: Spec) -> Iterator[Fault]:
    groups = {
        "models": spec.models,
        "pairs": spec.pairs,
        "lineages": spec.lineages,
        "transfers": spec.transfers,
        "controls": spec.controls,
        "sweeps": spec.sweeps,
        "ensembles": spec.ensembles,
        "pretrained": spec.pretrained,
    }
    selectable: dict[str, str] = {}
    columns: dict[str, str] = {}
    for group, named in groups.items():
        for name in named:
            path = (group, name)
            if misfit := _misfit(name):
                yield source.fault(Code.BAD_NAME, path, misfit, at_key=True)
            elif name in RESERVED:
                message = f"`{name}` is reserved: it is a column of the language"
                yield source.fault(Code.BAD_NAME, path, message, at_key=True)
            twice = group not in ("sweeps", "ensembles", "pretrained") and name in selectable
            if group not in ("sweeps", "ensembles", "pretrained"):
                if twice:
                    message = f"`{name}` is already a name in `[{selectable[name]}]`"
                    yield source.fault(Code.DUPLICATE_NAME, path, message, at_key=True)
                selectable[name] = group
            for column in _columns(spec, group, name):
                if column in columns and not twice:
                    message = f"`{column}` is already a column of `[{columns[column]}]`"
                    yield source.fault(Code.DUPLICATE_NAME, path, message, at_key=True)
                columns[column] = f"{group}.{name}"
    for name in spec.table.quantities:
        if misfit := _misfit(name):
            yield source.fault(Code.BAD_NAME, ("table", "quantities", name), misfit, at_key=True)
    for row, cells in spec.table.cells.items():
        for name in cells:
            if misfit := _misfit(name):
                yield source.fault(Code.BAD_NAME, ("table", "cells", row, name), misfit, at_key=True)


def _misfit(name: str) -> str | None:
    """Why this cannot be a name, or None where it can."""
    if not name.strip():
        return "an empty name cannot be one"
    if "/" in name:
        return f"`{name}` cannot be a name: a `/` separates a model from a column"
    if not name.isprintable():
        return f"`{name}` cannot be a name: it has a character that cannot be shown"
    if len(name) > LONGEST:
        most = f"it has {len(name)} characters, and at most {LONGEST} are possible"
        return f"`{cropped(name, 20)}` cannot be a name: {most}"
    return None


def _columns(spec: Spec, group: str, name: str) -> Iterator[str]:
    if group in ("transfers", "controls", "ensembles", "pretrained"):
        yield name
    elif group == "sweeps":
        # In the table its own name stands for its columns. What is wrong with its values is told later.
        known = spec.sweeps[name].of in groups_of(spec)
        yield from dict.fromkeys((name, *(sweep_columns(spec, name) if known else ())))
    elif group == "lineages":
        most = most_generations(spec.lineages[name])
        yield from (f"{name}-{generation}" for generation in range(1, most + 1))


def _selections(source: Source, spec: Spec) -> Iterator[Fault]:
    selections: list[tuple[KeyPath, Sequence[str]]] = [
        *((("lineages", name, "models"), lineage.models) for name, lineage in spec.lineages.items()),
        *((("transfers", name, "students"), transfer.students) for name, transfer in spec.transfers.items()),
        *((("controls", name, "models"), control.models) for name, control in spec.controls.items()),
        *((("ensembles", name, "of"), ensemble.of) for name, ensemble in spec.ensembles.items()),
        (("table", "rows"), spec.table.rows),
    ]
    named = (*spec.models, *spec.pairs, *groups_of(spec))
    legal = {name: None for name in named if not _misfit(name)}
    for path, names in [*selections, (("baselines",), spec.baselines)]:
        if not names and path != ("baselines",):
            yield source.fault(Code.EMPTY, path, "expected at least one name")
        for index, name in enumerate(names):
            if name not in named:
                message = f"this spec has no model, pair, lineage, transfer or control `{name}`"
                yield source.fault(Code.UNKNOWN_NAME, (*path, index), message, legal=tuple(legal), word=name)
        yield from repeated(source, path, names)
    for name, pretrained in spec.pretrained.items():
        if pretrained.model not in spec.models:
            message = f"this spec has no model `{pretrained.model}`"
            where, models = ("pretrained", name, "model"), tuple(spec.models)
            yield source.fault(Code.UNKNOWN_NAME, where, message, legal=models, word=pretrained.model)
    yield from _pairs(source, spec)
    if not spec.models:
        yield source.fault(Code.EMPTY, ("models",), "expected at least one model")
    for path, numbers in ((("seeds",), spec.seeds), (("table", "columns"), spec.table.columns)):
        if not numbers:
            yield source.fault(Code.EMPTY, path, "expected at least one entry")
    # A name of two groups lists itself, which is told as such.
    of_kinds = [*spec.lineages, *spec.transfers, *spec.controls]
    for group, name, names in _circles(spec) if len(of_kinds) == len(set(of_kinds)) else ():
        message = f"`{name}` lists its own models, through " + ", ".join(f"`{model}`" for model in names)
        yield source.fault(Code.CIRCULAR, (group, name), message, at_key=True)


def _pairs(source: Source, spec: Spec) -> Iterator[Fault]:
    """Students that are no models, and teachers that are pairs."""
    models = tuple(spec.models)
    for name, pair in spec.pairs.items():
        if pair.student not in spec.models:
            where = ("pairs", name, "student")
            message = f"this spec has no model `{pair.student}`"
            yield source.fault(Code.UNKNOWN_NAME, where, message, legal=models, word=pair.student)
        first, _, column = pair.teacher.partition("/")
        if first in spec.pairs and column in ("", TEACHER):
            message = f"`{first}` is a pair: name its teacher itself, or one of its own runs, as `{first}/kd`"
            yield source.fault(Code.PAIR_AS_MODEL, ("pairs", name, "teacher"), message)


def _circles(spec: Spec) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Groups that stand for themselves: they name no models."""
    lists = {
        **{name: ("lineages", lineage.models) for name, lineage in spec.lineages.items()},
        **{name: ("transfers", transfer.students) for name, transfer in spec.transfers.items()},
        **{name: ("controls", control.models) for name, control in spec.controls.items()},
    }
    try:
        TopologicalSorter({name: set(names) & lists.keys() for name, (_, names) in lists.items()}).prepare()
        return
    except CycleError:
        pass
    for start, (group, names) in lists.items():
        seen, ahead = set[str](), list(names)
        while ahead:
            name = ahead.pop()
            if name in lists and name not in seen and name not in spec.models:
                seen.add(name)
                ahead += lists[name][1]
        if start in seen:
            yield group, start, tuple(names)


def _generations(source: Source, spec: Spec) -> Iterator[Fault]:
    """Objectives of generations that are not one for each."""
    for name, lineage in spec.lineages.items():
        path: KeyPath = ("lineages", name, "objectives")
        if path not in source.positions.values:
            continue
        most, given = most_generations(lineage), len(lineage.objectives)
        if given != most:
            message = f"expected {most} objectives, one for each generation, found {given}"
            yield source.fault(Code.GENERATIONS_OBJECTIVES, path, message)
        if ("lineages", name, "objective") in source.positions.values:
            message = "`objective` is for all generations, and `objectives` for each of them"
            yield source.fault(Code.GENERATIONS_OBJECTIVES, path, message, at_key=True)


def _teacher_seeds(source: Source, spec: Spec) -> Iterator[Fault]:
    """Seeds of teachers that are no seeds of the spec."""
    of_groups = {
        **{("lineages", name): lineage.teacher_seed for name, lineage in spec.lineages.items()},
        **{("transfers", name): transfer.teacher_seed for name, transfer in spec.transfers.items()},
    }
    for path, seed in of_groups.items():
        if seed is not None and seed not in spec.seeds:
            legal = tuple(map(str, spec.seeds))
            message = f"this spec has no seed {seed}"
            yield source.fault(Code.TEACHER_SEED, (*path, "teacher_seed"), message, legal=legal)


def _pairs_and_models(source: Source, spec: Spec) -> Iterator[Fault]:
    """Where pairs stand for models of a lineage, or a teacher is missing, or would be that of no student."""
    for name, lineage in spec.lineages.items():
        if pairs := [model for model in select(spec, lineage.models) if model in spec.pairs]:
            message = f"`{pairs[0]}` is a pair, and a lineage begins with a teacher of its own"
            yield source.fault(Code.PAIR_AS_MODEL, ("lineages", name, "models"), message)
    for name, transfer in spec.transfers.items():
        alone = [student for student in select(spec, transfer.students) if student not in spec.pairs]
        if transfer.teacher is None and alone:
            message = f"`teacher` is missing in `[transfers.{name}]`: `{alone[0]}` is a model and no pair"
            where = ("transfers", name)
            yield source.fault(Code.MISSING_KEY, where, message, at_key=True, legal=("teacher",))
        elif transfer.teacher is not None and not alone:
            message = "`teacher` has no effect: all students are pairs, which have teachers of their own"
            yield source.fault(Code.TEACHER_IN_VAIN, ("transfers", name, "teacher"), message, at_key=True)


def _exceptions(source: Source, spec: Spec) -> Iterator[Fault]:
    everyone = tuple(spec.models)
    groups: list[tuple[KeyPath, tuple[str, ...], Sequence[str]]] = [
        (("recipe",), everyone, tuple(spec.recipe.except_ or ())),
        *(
            (("lineages", name), select(spec, lineage.models), tuple(lineage.except_))
            for name, lineage in spec.lineages.items()
        ),
        *(
            (("transfers", name), select(spec, transfer.students), tuple(transfer.except_))
            for name, transfer in spec.transfers.items()
        ),
        *(
            (("controls", name), select(spec, control.models), tuple(control.except_))
            for name, control in spec.controls.items()
        ),
        *(
            (("ensembles", name), select(spec, ensemble.of), tuple(ensemble.except_))
            for name, ensemble in spec.ensembles.items()
        ),
    ]
    for path, models, exceptions in groups:
        for model in exceptions:
            if model not in models:
                message = f"`{model}` is none of the models here"
                where = (*path, "except", model)
                yield source.fault(Code.NOT_IN_GROUP, where, message, at_key=True, legal=models, word=model)


def _too_many(source: Source, spec: Spec) -> Iterator[Fault]:
    """A fault where the spec has too many runs. They are counted first, because declaring them would take
    long.
    """
    runs = len(spec.models) + len(spec.pretrained)
    for lineage in spec.lineages.values():
        for model in select(spec, lineage.models):
            changes = lineage.except_.get(model)
            runs += (changes and changes.generations) or lineage.generations
    for sweep in spec.sweeps.values():
        combinations = prod(len(values) for _, values in fields(sweep))
        if sweep.of in spec.lineages:
            lineage = spec.lineages[sweep.of]
            runs += combinations * len(select(spec, lineage.models)) * most_generations(lineage)
        elif sweep.of in groups_of(spec):
            runs += combinations * len(select(spec, listed(groups_of(spec)[sweep.of])))
    for names in (
        *(transfer.students for transfer in spec.transfers.values()),
        *(control.models for control in spec.controls.values()),
        *(ensemble.of for ensemble in spec.ensembles.values()),
    ):
        runs += len(select(spec, names))
    if (total := runs * len(spec.seeds)) > MOST_RUNS:
        message = f"this spec has about {total} runs, of all seeds together; at most {MOST_RUNS} are possible"
        yield source.fault(Code.TOO_MANY_RUNS, ("seeds",), message, at_key=True)


def repeated(source: Source, path: KeyPath, entries: Sequence[object]) -> Iterator[Fault]:
    """A fault for each entry that stands in the list already."""
    listed = set[object]()
    for index, entry in enumerate(entries):
        if entry in listed:
            yield source.fault(Code.REPEATED, (*path, index), f"`{entry}` is listed twice")
        listed.add(entry)
