"""What names in a spec mean: models, pairs, groups and runs.

In: a ``Spec``, and names as they are written in it. Out: names of what they stand for. Whether a run of that
name is declared is for ``language.check_runs`` to say.
"""

from __future__ import annotations

from collections.abc import Iterable

from banc.language.declared import RunName
from banc.language.spec import BASELINE, TEACHER, Control, Lineage, Spec, Transfer

Group = Lineage | Transfer | Control
"""What declares the same of several models."""


def select(spec: Spec, names: Iterable[str]) -> tuple[str, ...]:
    """The models and pairs that a selection means, each once, in its order."""
    models: dict[str, None] = {}
    # A group stands for the same models each time, so that once is enough.
    groups, ahead = set[str](), list(names)[::-1]
    while ahead:
        name = ahead.pop()
        if name in spec.models or name in spec.pairs:
            models[name] = None
        elif name not in groups:
            groups.add(name)
            ahead += listed(groups_of(spec)[name])[::-1]
    return tuple(models)


def groups_of(spec: Spec) -> dict[str, Group]:
    """Lineages, transfers and controls by name: a list of models may name them, and a sweep is of one."""
    return {**spec.lineages, **spec.transfers, **spec.controls}


def listed(group: Group) -> tuple[str, ...]:
    """The models or pairs that a group lists, or the groups that stand for theirs."""
    match group:
        case Lineage() | Control():
            return group.models
        case Transfer():
            return group.students


def network_of(spec: Spec, name: str) -> str:
    """The model that ``name`` trains: itself, or a pair's student."""
    return spec.pairs[name].student if name in spec.pairs else name


def teacher_of(spec: Spec, transfer: Transfer, student: str) -> RunName | None:
    """The run whose outputs ``student`` learns; None where neither it nor the transfer names one."""
    if student in spec.pairs:
        return run_name(spec, spec.pairs[student].teacher)
    return None if transfer.teacher is None else run_name(spec, transfer.teacher)


def run_name(spec: Spec, reference: str, beside: str | None = None) -> RunName:
    """What ``<model>``, ``<model>/<column>`` or, ``beside`` a model, ``<column>`` names.

    A pair's `teacher` is the run that its teacher is, and its `baseline` is its student, trained alone.
    """
    first, slash, rest = reference.partition("/")
    model, name = (first, rest) if slash else (first, TEACHER) if beside is None else (beside, first)
    if pair := spec.pairs.get(model):
        if name == TEACHER:
            return run_name(spec, pair.teacher)
        if name == BASELINE:
            return pair.student, TEACHER
    return model, column(name)


def column(name: str) -> str:
    """A column's one name: a baseline is a teacher without students."""
    return TEACHER if name == BASELINE else name


def shown(spec: Spec, row: str, name: str) -> RunName:
    """The run that a cell shows, if there is such a run: the one in ``cells``, or the row's own."""
    cells, measured = spec.table.cells.get(row, {}), spec.table.quantities.get(name)
    of = name if measured is None else measured.of
    reference = cells.get(name, cells.get(of))
    return run_name(spec, of, row) if reference is None else run_name(spec, reference)
