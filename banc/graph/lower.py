"""Experiment -> Graph: names become content addresses, bottom-up.

In: runs by name. Out: stages by address, and the table with a score's address in place of each name.
After this step only the layout, and ``names`` and ``uses`` of a ``PlacedStage``, remember what people call
things.
"""

from __future__ import annotations

from attrs import define, field

from banc.graph.experiment import Experiment, ImportedNetwork, SeededName, SeededRun
from banc.graph.graph import Graph, PlacedStage, named
from banc.graph.lay_out import lay_out
from banc.stage.address import address
from banc.stage.index import Use
from banc.stage.kinds import Address, Average, Data, Import, Predict, Score, Stage, Table, Train

TABLES = "tables"
"""The group of the table stages' parameter files."""


def lower(experiment: Experiment, path: str) -> Graph:
    """The stages that make ``experiment``, whose spec is the file ``path`` in the workspace."""
    building = _Building(experiment)
    for imported in experiment.imports:
        building.take(imported)
    for training in experiment.trainings:
        building.train(training)
    scores = {network.name: building.score((network.name,), network.name) for network in experiment.networks}
    for pool in experiment.pools:
        scores[pool.name] = building.score(pool.members, pool.name, pool.average)
    building.add(Table(experiment.spec, tuple(sorted(set(scores.values())))), TABLES)
    stages = {
        where: PlacedStage(
            stage,
            group,
            (),
            frozenset(building.uses[where]),
            frozenset(building.files.get(where, ())),
        )
        for where, (stage, group) in building.made.items()
    }
    return Graph(named(stages), {experiment.spec: lay_out(experiment, scores)}, {experiment.spec: path})


@define
class _Building:
    """The stages made so far."""

    experiment: Experiment
    made: dict[Address, tuple[Stage, str]] = field(factory=dict)
    uses: dict[Address, set[Use]] = field(factory=dict)
    files: dict[Address, set[str]] = field(factory=dict)
    networks: dict[SeededName, Address] = field(factory=dict)

    def add(
        self, stage: Stage, group: str, run: SeededName | None = None, for_seed: int | None = None
    ) -> Address:
        """With the ``run`` that the stage is of, if it is of one."""
        where = address(stage)
        use = Use(self.experiment.spec, *((run.model, run.column, run.seed, for_seed) if run else ()))
        self.made.setdefault(where, (stage, group))
        self.uses.setdefault(where, set()).add(use)
        return where

    def data(self) -> Address:
        source = self.experiment.data
        return self.add(Data(source), source.slug)

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
