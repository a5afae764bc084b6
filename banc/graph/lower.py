"""Experiment -> Graph: names become content addresses, bottom-up.

In: runs by name. Out: stages by address, and the table with a score's address in place of each name.
After this step only the layout, ``Linked.names`` and ``Linked.uses`` remember what people call things.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import define, field

from banc.graph.experiment import Experiment, ImportedNetwork, SeededName, SeededRun
from banc.graph.graph import Graph, PlacedStage
from banc.language.declare import column
from banc.language.spec import PARAMETERS, TableSpec
from banc.stage.address import address
from banc.stage.index import Use
from banc.stage.kinds import Address, Average, Data, Import, Predict, Score, Stage, Table, Train
from banc.stage.layout import Column, ImportedWeights, Layout, Row

TABLES = "tables"
"""The group of the table stages' parameter files."""


def lower(experiment: Experiment, path: str) -> Graph:
    """The stages that make ``experiment``, whose spec is the file ``path`` in the workspace."""
    building = _Building(experiment)
    for imported in experiment.imports:
        building.take(imported)
    for training in experiment.trainings:
        building.train(training)
    scores = {
        network.name: building.score((network.name,), network.name) for network in _networks(experiment)
    }
    for pool in experiment.pools:
        scores[pool.name] = building.score(pool.members, pool.name, pool.average)
    building.add(
        Table(experiment.spec, tuple(sorted(set(scores.values())))), TABLES, f"table of {experiment.title}"
    )
    stages = {
        where: PlacedStage(
            stage,
            group,
            frozenset(names),
            frozenset(building.uses[where]),
            frozenset(building.files.get(where, ())),
        )
        for where, (stage, group, names) in building.made.items()
    }
    return Graph(stages, {experiment.spec: _layout(experiment, scores)}, {experiment.spec: path})


def _networks(experiment: Experiment) -> tuple[ImportedNetwork | SeededRun, ...]:
    return (*experiment.imports, *experiment.trainings)


@define
class _Building:
    """The stages made so far."""

    experiment: Experiment
    made: dict[Address, tuple[Stage, str, set[str]]] = field(factory=dict)
    uses: dict[Address, set[Use]] = field(factory=dict)
    files: dict[Address, set[str]] = field(factory=dict)
    networks: dict[SeededName, Address] = field(factory=dict)

    def add(
        self,
        stage: Stage,
        group: str,
        name: str | None = None,
        run: SeededName | None = None,
        for_seed: int | None = None,
    ) -> Address:
        """Either with the ``run`` that the stage is of, or with a ``name``."""
        where = address(stage)
        use = Use(self.experiment.spec, *((run.model, run.column, run.seed, for_seed) if run else ()))
        self.made.setdefault(where, (stage, group, set()))[2].add(name or use.called(stage.KIND))
        self.uses.setdefault(where, set()).add(use)
        return where

    def data(self) -> Address:
        source = self.experiment.data
        return self.add(Data(source), source.slug, "data")

    @property
    def validation(self) -> bool:
        """Whether networks are asked about validation images as well: they do not know which table looks."""
        return self.experiment.data.validation > 0

    def take(self, imported: ImportedNetwork) -> None:
        stage = Import(
            model=imported.model,
            digest=imported.digest,
            format=imported.format,
            data=self.data(),
            precision=imported.precision,
            deterministic=imported.deterministic,
            validation=self.validation,
        )
        where = self.add(stage, self.group(imported), run=imported.name)
        self.files.setdefault(where, set()).add(imported.file)
        self.networks[imported.name] = where

    def group(self, network: ImportedNetwork | SeededRun) -> str:
        return f"{self.experiment.data.slug}-{network.model.slug}"

    def train(self, training: SeededRun) -> None:
        data = self.data()
        # One order, whether stored or live: a mean of several is rounded by the order of its terms.
        names = {self.networks[name]: name for name in training.teachers}
        teachers = sorted(names)
        views = training.recipe.augment
        # What is drawn anew in each epoch is one thing for all students of a seed, whatever else they do.
        of = (None, 0) if views.recurs else (training.seed, training.recipe.epochs)
        stores = [
            self.add(
                Predict(views, data, teacher, *of),
                self.made[teacher][1],
                run=names[teacher],
                for_seed=None if views.recurs else training.name.seed,
            )
            for teacher in teachers
            if training.stored
        ]
        stage = Train(
            model=training.model,
            recipe=training.recipe,
            objective=training.objective,
            seed=training.seed,
            data=data,
            teacher_outputs=tuple(stores),
            shared_with=teachers[0] if training.share else None,
            share=tuple(sorted(training.share)),
            # Without shared layers there is nothing to freeze: one spelling for one thing.
            share_frozen=training.share_frozen or not training.share,
            teachers=() if training.stored else tuple(teachers),
            validation=self.validation,
        )
        self.networks[training.name] = self.add(stage, self.group(training), run=training.name)

    def score(
        self, members: tuple[SeededName, ...], name: SeededName, average: Average = "probabilities"
    ) -> Address:
        where = sorted({self.networks[member] for member in members})
        groups = {self.made[member][1] for member in where}
        group = groups.pop() if len(groups) == 1 else f"{self.experiment.data.slug}-mixed"
        # Of one network every average is the same: one spelling for one thing.
        its_average: Average = average if len(where) > 1 else "probabilities"
        stage = Score(self.data(), tuple(where), its_average, self.experiment.table.on)
        return self.add(stage, group, run=name)


def _layout(experiment: Experiment, scores: dict[SeededName, Address]) -> Layout:
    table = experiment.table

    def label(name: str) -> str:
        return experiment.labels.get(name, name)

    networks = {network.name: network.model for network in _networks(experiment)}
    cells: dict[tuple[str, str], tuple[Address, ...]] = {}
    for row in experiment.rows:
        for name in experiment.columns:
            if name == PARAMETERS:
                runs = [run for run in scores if run.model == row and run in networks]
            else:
                runs = [run for run in scores if (run.model, run.column) == experiment.cells[row, name]]
            if runs:
                # An ensemble of ensembles across seeds is the same for each seed, and counts once.
                cells[row, name] = tuple(dict.fromkeys(scores[run] for run in runs))
    models = {name.model: model for name, model in networks.items()}
    parameters = {
        row: models[row].parameters(experiment.data.shape) for row in experiment.rows if row in models
    }
    imported = {
        imported_run.name: ImportedWeights(
            f"{imported_run.name.model}/{imported_run.name.column}", imported_run.file, imported_run.digest
        )
        for imported_run in experiment.imports
    }
    elsewhere: dict[tuple[str, str], tuple[ImportedWeights, ...]] = {
        (name.model, name.column): (weights,) for name, weights in imported.items()
    }
    for pool in experiment.pools:
        if theirs := tuple(imported[member] for member in pool.members if member in imported):
            elsewhere[pool.name.model, pool.name.column] = theirs
    published = {
        (row, name): number for row, numbers in table.published.items() for name, number in numbers.items()
    }
    return Layout(
        spec=experiment.spec,
        title=experiment.title,
        rows=tuple(Row(row, label(row)) for row in experiment.rows),
        columns=tuple(
            _column(table, name, label(name), experiment.headings.get(name, ""))
            for name in experiment.columns
        ),
        sweeps=experiment.sweeps,
        scores=cells,
        published=published,
        deviations={
            (row, name): number
            for row, numbers in table.deviations.items()
            for name, number in numbers.items()
        },
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
        parameters={row: count for row, count in parameters.items() if count is not None},
        seed_of={where: run.seed for run, where in scores.items() if run.seed is not None},
        imported=elsewhere,
        teachers=_teachers(experiment, scores),
    )


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
