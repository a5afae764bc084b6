"""Spec -> Experiment: seeds, generations, transfers and ensembles become named runs.

In: a checked spec. Out: runs that refer to one another by name. Knows no addresses.
"""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import TopologicalSorter

from banc.config.objective import OBJECTIVES
from banc.graph.experiment import Experiment, ImportedNetwork, SeededEnsemble, SeededName, SeededRun
from banc.language.declare import (
    DeclaredEnsemble,
    DeclaredImport,
    DeclaredRun,
    Run,
    RunName,
    declare,
    expanded,
    point_columns,
    select,
    shown,
    sweep_columns,
    table_columns,
    upstream,
)
from banc.language.declare import run_name as name_of_run
from banc.language.spec import GENERATION, PARAMETERS, Spec
from banc.language.sweeps import fields, points, spelled
from banc.stage.layout import SweepAxis, SweepPoint

SMOKE_SEED = 100 * GENERATION
"""Seeds from here on are those of small networks that stand for networks from elsewhere: no run has them."""


def expand(spec: Spec, name: str) -> Experiment:
    """Every run of ``spec``, whose file is called ``name``."""
    runs = declare(spec)
    generation = _generations(runs)
    trainings: list[SeededRun] = []
    pools: list[SeededEnsemble] = []
    imports: list[ImportedNetwork] = []
    networks: dict[tuple[RunName, int], tuple[SeededName, ...]] = {}
    for run_name in generation:
        for seed in spec.seeds:
            networks[run_name, seed] = _networks(spec, runs[run_name], seed, networks)
        for seed in spec.seeds:
            match runs[run_name]:
                case DeclaredRun() as run:
                    if run.seeds is not None and seed not in run.seeds:
                        continue
                    of_teacher = seed if run.teacher_seed is None else run.teacher_seed
                    teachers = networks[run.teacher, of_teacher] if run.teacher else ()
                    trainings.append(
                        SeededRun(
                            name=SeededName(*run_name, seed),
                            model=run.model,
                            recipe=run.recipe,
                            objective=run.objective,
                            seed=seed + GENERATION * generation[run_name],
                            teachers=teachers,
                            share=run.share,
                            share_frozen=run.share_frozen,
                            stored=run.stored,
                        )
                    )
                case DeclaredImport() as run:
                    if seed == spec.seeds[0]:
                        (only,) = networks[run_name, seed]
                        if run.smoke:
                            number = SMOKE_SEED + list(runs).index(run_name)
                            objective = OBJECTIVES["labels"]
                            trainings.append(SeededRun(only, run.model, run.recipe, objective, number))
                        else:
                            imports.append(_imported(only, run))
                case DeclaredEnsemble() as run:
                    members = networks[run_name, seed]
                    # Of networks that are one for all seeds, the ensemble is one for all seeds, too.
                    one = run.across_seeds or all(member.seed is None for member in members)
                    if not one:
                        pools.append(SeededEnsemble(SeededName(*run_name, seed), members, run.average))
                    elif seed == spec.seeds[0]:
                        pools.append(SeededEnsemble(SeededName(*run_name, None), members, run.average))
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
        labels=_labels(spec),
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


def _labels(spec: Spec) -> dict[str, str]:
    """Those that the spec says; and for a sweep's columns, what its points are."""
    labels: dict[str, str] = {}
    for name, sweep in spec.sweeps.items():
        said = spec.table.labels.get(name)
        for point in points(name, sweep):
            values = ", ".join(spelled(value) for _, value in point.values)
            text = point.words if said is None else f"{said} {values}"
            for column in (several := point_columns(spec, sweep, point)):
                generation = f", {sweep.of}-{column.rpartition('-')[2]}" if len(several) > 1 else ""
                labels[column] = text + generation
    return {**labels, **spec.table.labels}


def _imported(name: SeededName, run: DeclaredImport) -> ImportedNetwork:
    return ImportedNetwork(
        name=name,
        model=run.model,
        file=run.file,
        digest=run.digest,
        format=run.format,
        # It computes as the networks of this spec do.
        precision=run.recipe.precision,
        deterministic=run.recipe.deterministic,
    )


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


def _networks(
    spec: Spec, run: Run, seed: int, networks: Mapping[tuple[RunName, int], tuple[SeededName, ...]]
) -> tuple[SeededName, ...]:
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
