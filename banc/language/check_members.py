"""Ensembles count each network once: by another name, inside of another member, or trained the same twice.

In: runs without circles. Out: a fault at each member that brings a network which a member before it has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter

from banc.config.converter import new_converter
from banc.digest import canonical
from banc.language.codes import Code
from banc.language.declare import DeclaredEnsemble, DeclaredImport, DeclaredRun, Run, RunName, upstream
from banc.language.fault import Fault
from banc.language.positions import Span
from banc.language.source import Source
from banc.language.spec import Spec

_CONVERTER = new_converter()

Training = int
"""A number for everything that a network is, but for its seed."""


def check_members(source: Source, spec: Spec, runs: Mapping[RunName, Run]) -> Iterator[Fault]:
    """Faults of members that one ensemble has twice."""
    pools = [run for run in runs.values() if isinstance(run, DeclaredEnsemble)]
    if not pools:
        return
    trainings = trainings_of(runs)
    reported = set[Span]()
    for run in pools:
        ensemble = spec.ensembles[run.name[1]]
        references = ensemble.except_.get(run.name[0], ensemble.members)
        before: dict[Training, int] = {}
        for index, member in enumerate(run.members):
            twice = next((network for network in trainings[member] if network in before), None)
            if twice is not None:
                other = before[twice]
                message = _message(references, index, other, runs[member], runs[run.members[other]])
                fault = source.fault(Code.COUNTED_TWICE, (*run.path, index), message)
                if fault.span not in reported:  # models of an ensemble repeat what is wrong with it
                    reported.add(fault.span)
                    yield fault
            before |= dict.fromkeys(trainings[member], index)


def _message(references: tuple[str, ...], index: int, other: int, run: Run, before: Run) -> str:
    here, there = references[index], references[other]
    if run.name == before.name:
        return f"`{here}` is `{there}` by another name, and an ensemble counts each network once"
    if isinstance(run, DeclaredRun) and isinstance(before, DeclaredRun):
        return f"`{here}` is exactly the same training as `{there}`, so they are one network"
    if isinstance(run, DeclaredImport) and isinstance(before, DeclaredImport):
        return f"`{here}` has exactly the same weights as `{there}`, so they are one network"
    return f"`{here}` and `{there}` share a network, and an ensemble counts each network once"


def trainings_of(runs: Mapping[RunName, Run]) -> dict[RunName, tuple[Training, ...]]:
    """The trainings that each run consists of; two runs of one definition are one training.

    ``runs`` must have no circles.
    """
    known: dict[str, Training] = {}
    made: dict[RunName, tuple[Training, ...]] = {}
    for name in TopologicalSorter({run_name: upstream(run) for run_name, run in runs.items()}).static_order():
        match runs[name]:
            case DeclaredRun() as run:
                teachers = sorted(made[run.teacher]) if run.teacher else []
                definition = canonical(
                    [
                        *(_plain(item) for item in (run.model, run.recipe, run.objective)),
                        teachers,
                        sorted(run.share),
                        run.share_frozen or not run.share,
                        run.stored,
                        run.teacher_seed,
                    ]
                )
                made[name] = (known.setdefault(definition, len(known)),)
            case DeclaredImport(model=model, digest=digest):
                definition = canonical([_plain(model), digest])
                made[name] = (known.setdefault(definition, len(known)),)
            case DeclaredEnsemble(members=members):
                made[name] = tuple(dict.fromkeys(network for member in members for network in made[member]))
    return made


def _plain(item: object) -> object:
    return [type(item).__name__, _CONVERTER.unstructure(item)]
