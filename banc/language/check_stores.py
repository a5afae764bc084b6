"""Students for whom a teacher computes the same outputs several times, where a store would pay.

A student does not know of others: whether its teacher's outputs are stored follows from itself alone, since
another student must move no address. So a person has to say it, and a warning says when.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import evolve

from banc.language.codes import Code
from banc.language.declared import DeclaredRun, Run, RunName
from banc.language.fault import Fault
from banc.language.positions import KeyPath
from banc.language.said import group_path
from banc.language.source import Source
from banc.language.spec import Spec

NAMED = 3
"""Runs that a message names at most."""


def check_stores(source: Source, spec: Spec, runs: Mapping[RunName, Run]) -> Iterator[Fault]:
    """Warnings of live students that are shown the same images, drawn anew in each epoch."""
    together: dict[object, dict[str, DeclaredRun]] = {}
    for run in runs.values():
        if isinstance(run, DeclaredRun) and run.teacher is not None and _live_by_default(spec, run):
            # Those of one teacher are of one generation, so a seed of the spec is one seed of theirs.
            key = run.teacher, run.teacher_seed, run.recipe.augment, run.recipe.epochs
            # Two names of one training are one student.
            nameless = evolve(run, name=("", ""), path=(), network="")
            together.setdefault(key, {}).setdefault(repr(nameless), run)
    alike: dict[KeyPath, list[list[str]]] = {}
    for students in together.values():
        if len(students) > 1:
            path = next(iter(students.values())).path
            alike.setdefault(path, []).append([f"`{'/'.join(run.name)}`" for run in students.values()])
    for path, (names, *others) in alike.items():
        *before, last = [*names[:NAMED], *([f"{len(names) - NAMED} more"] if len(names) > NAMED else [])]
        message = (
            f"{', '.join(before)} and {last} are shown the same images, and their teacher computes its "
            "outputs for each of them"
        )
        if others:
            message += f"; the same holds for {sum(map(len, others))} more runs"
        yield source.fault(Code.STORE_PAYS, path, message)


def _live_by_default(spec: Spec, run: DeclaredRun) -> bool:
    """Whether its teacher computes live because images are drawn anew, and not because the spec says so."""
    if run.stored or run.recipe.augment.recurs:
        return False
    name = str(group_path(spec, run)[1])
    group = spec.lineages.get(name) or spec.transfers[name]
    exception = group.except_.get(run.name[0])
    return "live" not in (group.teacher_outputs, exception and exception.teacher_outputs)
