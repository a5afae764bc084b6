"""Ensembles count each network once: by another name, inside of another member, or trained the same twice.

In: runs without circles. Out: a fault at each member that brings a network which a member before it has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from graphlib import TopologicalSorter

from banc.config.converter import new_converter
from banc.digest import canonical
from banc.language.codes import Code
from banc.language.declared import DeclaredEnsemble, DeclaredImport, DeclaredRun, Run, RunName, upstream
from banc.language.fault import Fault
from banc.language.positions import Span
from banc.language.source import Source
from banc.language.spec import Spec

_CONVERTER = new_converter()

Training = int
"""A number for everything that a network is."""


def check_members(source: Source, spec: Spec, runs: Mapping[RunName, Run]) -> Iterator[Fault]:
    """Faults of members that one ensemble has twice."""
    pools = [run for run in runs.values() if isinstance(run, DeclaredEnsemble)]
    if not pools:
        return
    trainings = trainings_of(runs, spec.seeds)
    reported = set[Span]()
    for run in pools:
        ensemble = spec.ensembles[run.name[1]]
        references = ensemble.except_.get(run.name[0], ensemble.members)
        twice = {seed: dict(_twice(run, seed, trainings)) for seed in spec.seeds}
        for index, member in enumerate(run.members):
            if seeds := [seed for seed in spec.seeds if index in twice[seed]]:
                other = twice[seeds[0]][index]
                message = _message(references, index, other, runs[member], runs[run.members[other]])
                if len(seeds) < len(spec.seeds):
                    message = f"with seed {seeds[0]}, {message}"
                fault = source.fault(Code.COUNTED_TWICE, (*run.path, index), message)
                if fault.span not in reported:  # models of an ensemble repeat what is wrong with it
                    reported.add(fault.span)
                    yield fault


def _twice(
    run: DeclaredEnsemble, seed: int, trainings: Mapping[tuple[RunName, int], tuple[Training, ...]]
) -> Iterator[tuple[int, int]]:
    """The members that bring a network which a member before them has, with that member, by their places."""
    before: dict[Training, int] = {}
    for index, member in enumerate(run.members):
        networks = trainings[member, seed]
        if known := [before[network] for network in networks if network in before]:
            yield index, known[0]
        before |= dict.fromkeys(networks, index)


def _message(references: tuple[str, ...], index: int, other: int, run: Run, before: Run) -> str:
    here, there = references[index], references[other]
    if run.name == before.name:
        return f"`{here}` is `{there}` by another name, and an ensemble counts each network once"
    if isinstance(run, DeclaredRun) and isinstance(before, DeclaredRun):
        return f"`{here}` is exactly the same training as `{there}`, so they are one network"
    if isinstance(run, DeclaredImport) and isinstance(before, DeclaredImport):
        return f"`{here}` has exactly the same weights as `{there}`, so they are one network"
    return f"`{here}` and `{there}` share a network, and an ensemble counts each network once"


def trainings_of(
    runs: Mapping[RunName, Run], seeds: Sequence[int]
) -> dict[tuple[RunName, int], tuple[Training, ...]]:
    """The trainings that each run of each seed consists of; two of one definition are one training.

    Whether two runs are one can depend on the seed: where one learns from the teacher of its own seed, and
    the other from that of ``teacher_seed``. ``runs`` must have no circles.
    """
    known: dict[str, Training] = {}
    made: dict[tuple[RunName, int], tuple[Training, ...]] = {}

    def number(*definition: object) -> tuple[Training]:
        return (known.setdefault(canonical(list(definition)), len(known)),)

    for name in TopologicalSorter({run_name: upstream(run) for run_name, run in runs.items()}).static_order():
        match runs[name]:
            case DeclaredRun() as run:
                plain = [_plain(item) for item in (run.model, run.recipe, run.objective)]
                own = number(*plain, sorted(run.share), run.share_frozen or not run.share, run.stored)
                for seed in seeds:
                    of_teacher = seed if run.teacher_seed is None else run.teacher_seed
                    teachers = sorted(made[run.teacher, of_teacher]) if run.teacher else []
                    made[name, seed] = number(own, teachers, seed)
            case DeclaredImport(model=model, digest=digest):
                made |= dict.fromkeys([(name, seed) for seed in seeds], number(_plain(model), digest))
            case DeclaredEnsemble(members=members) as run:
                for seed in seeds:
                    of = seeds if run.across_seeds else (seed,)
                    networks = (network for one in of for member in members for network in made[member, one])
                    made[name, seed] = tuple(dict.fromkeys(networks))
    return made


def _plain(item: object) -> object:
    return [type(item).__name__, _CONVERTER.unstructure(item)]
