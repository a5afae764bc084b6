"""Spec -> Experiment: seeds, generations, transfers and ensembles become named runs.

In: a checked spec. Out: runs that refer to one another by name. Knows no addresses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter

from banc.config.objective import OBJECTIVES
from banc.graph.experiment import Experiment, ImportedNetwork, SeededEnsemble, SeededName, SeededRun
from banc.language.columns import expanded, point_columns, sweep_columns, table_columns
from banc.language.declare import declare
from banc.language.declared import DeclaredEnsemble, DeclaredImport, DeclaredRun, Run, RunName, upstream
from banc.language.labels import labels_of
from banc.language.references import run_name as name_of_run
from banc.language.references import select, shown
from banc.language.spec import GENERATION, PARAMETERS, Spec
from banc.language.sweeps import fields, points, spelled
from banc.stage.layout import SweepAxis, SweepPoint

_NetworksOf = dict[tuple[RunName, int], tuple[SeededName, ...]]
"""By run and seed of the spec, the networks that it consists of."""

SMOKE_SEED = 100 * GENERATION
"""Seeds from here on are those of small networks that stand for networks from elsewhere: no run has them."""


def expand(spec: Spec, name: str) -> Experiment:
    """Every run of ``spec``, whose file is called ``name``."""
    runs = declare(spec)
    generation = _generations(runs)
    networks: _NetworksOf = {}
    trainings: list[SeededRun] = []
    pools: list[SeededEnsemble] = []
    imports: list[ImportedNetwork] = []
    for run_name in generation:
        for seed in spec.seeds:
            networks[run_name, seed] = _networks(spec, runs[run_name], seed, networks)
        match runs[run_name]:
            case DeclaredRun() as run:
                trainings += _trainings(spec, run, generation[run_name], networks)
            case DeclaredImport(smoke=True) as run:
                trainings.append(_stand_in(run, runs))
            case DeclaredImport() as run:
                imports.append(_imported(run))
            case DeclaredEnsemble() as run:
                pools += _ensembles(spec, run, networks)
    rows, columns = select(spec, spec.table.rows), table_columns(spec)
    return Experiment(
        spec=name,
        title=spec.title,
        data=spec.data,
        seeds=spec.seeds,
        trainings=tuple(trainings),
        pools=tuple(pools),
        rows=rows,
        table=spec.table,
        columns=columns,
        labels=labels_of(spec),
        headings={
            column: heading
            for heading, names in spec.table.groups.items()
            for column in expanded(spec, names)
        },
        sweeps=tuple(_axis(spec, name) for name in spec.sweeps if _is_shown(spec, name)),
        cells={
            (row, column): shown(spec, row, column)
            for row in rows
            for column in columns
            if column != PARAMETERS
        },
        pairs={row: name_of_run(spec, spec.pairs[row].teacher) for row in rows if row in spec.pairs},
        imports=tuple(imports),
    )


def _is_shown(spec: Spec, sweep: str) -> bool:
    return bool({sweep, *sweep_columns(spec, sweep)} & {*spec.table.columns})


def _axis(spec: Spec, name: str) -> SweepAxis:
    sweep = spec.sweeps[name]
    return SweepAxis(
        name,
        tuple(".".join(field) for field, _ in fields(sweep)),
        tuple(
            SweepPoint(tuple(spelled(value) for _, value in point.values), point_columns(spec, sweep, point))
            for point in points(name, sweep)
        ),
    )


def _trainings(spec: Spec, run: DeclaredRun, generation: int, networks: _NetworksOf) -> Iterator[SeededRun]:
    """The trainings of a run, one for each of its seeds."""
    for seed in spec.seeds:
        if run.seeds is not None and seed not in run.seeds:
            continue
        of_teacher = seed if run.teacher_seed is None else run.teacher_seed
        yield SeededRun(
            name=SeededName(*run.name, seed),
            model=run.model,
            recipe=run.recipe,
            objective=run.objective,
            seed=seed + GENERATION * generation,
            teachers=networks[run.teacher, of_teacher] if run.teacher else (),
            share=run.share,
            share_frozen=run.share_frozen,
            stored=run.stored,
        )


def _stand_in(run: DeclaredImport, runs: Mapping[RunName, Run]) -> SeededRun:
    """The small network that a smoke run trains in place of one from elsewhere: one for each such network."""
    number, first = next(
        (number, other)
        for number, other in enumerate(runs.values())
        if isinstance(other, DeclaredImport) and _network_of(other) == _network_of(run)
    )
    name = SeededName(*run.name, None)
    return SeededRun(name, run.model, first.recipe, OBJECTIVES["labels"], SMOKE_SEED + number)


def _network_of(run: DeclaredImport) -> object:
    """All that tells one network from elsewhere from another."""
    return run.model, run.digest, run.format, run.recipe.precision, run.recipe.deterministic


def _imported(run: DeclaredImport) -> ImportedNetwork:
    return ImportedNetwork(
        name=SeededName(*run.name, None),
        model=run.model,
        file=run.file,
        digest=run.digest,
        format=run.format,
        # It computes as the networks of this spec do.
        precision=run.recipe.precision,
        deterministic=run.recipe.deterministic,
    )


def _ensembles(spec: Spec, run: DeclaredEnsemble, networks: _NetworksOf) -> Iterator[SeededEnsemble]:
    """The ensembles of a run: one for each seed, or one for all where its members are the same for each."""
    for seed in spec.seeds:
        members = networks[run.name, seed]
        if run.across_seeds or all(member.seed is None for member in members):
            yield SeededEnsemble(SeededName(*run.name, None), members, run.average)
            return
        yield SeededEnsemble(SeededName(*run.name, seed), members, run.average)


def _generations(runs: Mapping[RunName, Run]) -> dict[RunName, int]:
    """How many teachers stand behind each run, the longest line counts; each run after those it needs."""
    depth: dict[RunName, int] = {}
    for name in TopologicalSorter({run_name: upstream(run) for run_name, run in runs.items()}).static_order():
        match runs[name]:
            case DeclaredImport():
                depth[name] = 0
            case DeclaredRun(teacher=teacher):
                depth[name] = 0 if teacher is None else depth[teacher] + 1
            case DeclaredEnsemble(members=members):
                depth[name] = max(depth[member] for member in members)
    return depth


def _networks(spec: Spec, run: Run, seed: int, networks: _NetworksOf) -> tuple[SeededName, ...]:
    """The networks that a run of one seed consists of: itself, or an ensemble's members, each once.

    ``networks`` knows those of its members, of every seed.
    """
    if isinstance(run, DeclaredRun):
        return (SeededName(*run.name, seed),)
    if isinstance(run, DeclaredImport):
        return (SeededName(*run.name, None),)
    seeds = spec.seeds if run.across_seeds else (seed,)
    return tuple(
        dict.fromkeys(network for one in seeds for member in run.members for network in networks[member, one])
    )
