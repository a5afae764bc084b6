"""Experiment, scores -> Layout: a table before it has numbers.

In: runs by name, and the address of each one's score. Out: which scores a cell shows, and how the table is
printed. None of it is in an address: a table that looks different runs nothing again.
"""

from __future__ import annotations

from collections.abc import Mapping

from banc.graph.experiment import Experiment, SeededName
from banc.language.references import column
from banc.language.spec import PARAMETERS
from banc.language.table_spec import TableSpec
from banc.stage.kinds import Address
from banc.stage.layout import Column, ImportedWeights, Layout, Row


def lay_out(experiment: Experiment, scores: Mapping[SeededName, Address]) -> Layout:
    """The layout of ``experiment``'s table. ``scores``: of every network and ensemble."""
    table, labels = experiment.table, experiment.labels
    return Layout(
        spec=experiment.spec,
        title=experiment.title,
        rows=tuple(Row(row, labels.get(row, row)) for row in experiment.rows),
        columns=tuple(
            _column(table, name, labels.get(name, name), experiment.headings.get(name, ""))
            for name in experiment.columns
        ),
        sweeps=experiment.sweeps,
        scores=_cells(experiment, scores),
        published=_by_cell(table.published),
        deviations=_by_cell(table.deviations),
        seeds=len(experiment.seeds),
        other_runs={
            (row, name): run for (row, name), run in experiment.cells.items() if run != (row, column(name))
        },
        pairs=experiment.pairs,
        digits=table.digits,
        bold=table.bold,
        transpose=table.transpose,
        spread=table.spread,
        on=table.on,
        parameters=_parameters(experiment),
        seed_of={where: run.seed for run, where in scores.items() if run.seed is not None},
        imported=_imported(experiment),
        teachers=_teachers(experiment, scores),
    )


def _cells(
    experiment: Experiment, scores: Mapping[SeededName, Address]
) -> dict[tuple[str, str], tuple[Address, ...]]:
    """The scores that each cell shows; a cell of parameters, those of all networks of its row."""
    of_run: dict[tuple[str, str], list[Address]] = {}
    of_networks: dict[str, list[Address]] = {}
    networks = {network.name for network in experiment.networks}
    for run, score in scores.items():
        of_run.setdefault((run.model, run.column), []).append(score)
        if run in networks:
            of_networks.setdefault(run.model, []).append(score)
    cells: dict[tuple[str, str], tuple[Address, ...]] = {}
    for row in experiment.rows:
        for name in experiment.columns:
            shown = of_networks.get(row) if name == PARAMETERS else of_run.get(experiment.cells[row, name])
            if shown:
                # An ensemble of ensembles across seeds is the same for each seed, and counts once.
                cells[row, name] = tuple(dict.fromkeys(shown))
    return cells


def _by_cell(numbers: Mapping[str, Mapping[str, float]]) -> dict[tuple[str, str], float]:
    """What a spec says by row and then by column."""
    return {(row, name): number for row, of_row in numbers.items() for name, number in of_row.items()}


def _parameters(experiment: Experiment) -> dict[str, int]:
    """The number of parameters of each row's network, as far as it is known without building it."""
    models = {network.name.model: network.model for network in experiment.networks}
    counts = {row: models[row].parameters(experiment.data.shape) for row in experiment.rows if row in models}
    return {row: count for row, count in counts.items() if count is not None}


def _imported(experiment: Experiment) -> dict[tuple[str, str], tuple[ImportedWeights, ...]]:
    """By run, the weights from elsewhere that are in its numbers: its own, or an ensemble's members'."""
    weights = {
        imported.name: ImportedWeights(
            f"{imported.name.model}/{imported.name.column}", imported.file, imported.digest
        )
        for imported in experiment.imports
    }
    by_run: dict[tuple[str, str], tuple[ImportedWeights, ...]] = {
        (name.model, name.column): (own,) for name, own in weights.items()
    }
    for pool in experiment.pools:
        if theirs := tuple(weights[member] for member in pool.members if member in weights):
            by_run[pool.name.model, pool.name.column] = theirs
    return by_run


def _column(table: TableSpec, name: str, label: str, heading: str) -> Column:
    if name in table.quantities:
        quantity = table.quantities[name]
        return Column(name, label, quantity.show, quantity.of, heading)
    return Column(name, label, "parameters" if name == PARAMETERS else table.show, heading=heading)


def _teachers(experiment: Experiment, scores: Mapping[SeededName, Address]) -> dict[Address, Address]:
    """By a student's score, that of its teacher: a network, or an ensemble that the spec declares."""
    pooled = {
        frozenset(pool.members): pool.name for pool in experiment.pools if pool.average == "probabilities"
    }
    names = {frozenset((name,)): name for name in scores} | pooled
    return {
        scores[training.name]: scores[names[frozenset(training.teachers)]]
        for training in experiment.trainings
        if frozenset(training.teachers) in names
    }
