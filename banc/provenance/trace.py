"""From a cell or a stage back to where it came from.

In: a graph, the places of its specs, a state, a plan and the numbers that are finished. Out: a tree. A pure
function: it reads nothing. Runs of several seeds stand together, and what was told once is not told again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from banc.config.image import ImageShape
from banc.graph.graph import Graph
from banc.plan.asked import asked
from banc.plan.step import Plan
from banc.provenance.below import below
from banc.provenance.node import (
    CellNode,
    DataNode,
    Explanation,
    ImportedNode,
    NetworkNode,
    Node,
    Output,
    Result,
    ScoreNode,
    Seen,
    TableNode,
    TeacherNode,
    Traced,
    TrainingNode,
)
from banc.provenance.places import Places
from banc.provenance.subject import CellSubject, Subject, changeable
from banc.report.collect import NO_DETAILS, AllDetails
from banc.report.tabulate import tabulate
from banc.stage.address import parameters
from banc.stage.called import spoken
from banc.stage.energy import energies
from banc.stage.files import MADE_WITH, inputs
from banc.stage.index import Use, by_name
from banc.stage.kinds import Address, Data, Import, Predict, Score, Stage, Table, Train
from banc.stage.metrics import Metrics
from banc.state.state import State

_DATA = "data"


@frozen
class Number:
    """A finished score, and the file that it stands in."""

    metrics: Metrics
    file: str


class Known:
    """What explanations are made of: a graph, and all that is known of its stages."""

    def __init__(
        self,
        graph: Graph,
        places: Mapping[str, Places],
        state: State,
        plan: Plan,
        numbers: Mapping[Address, Number],
        details: AllDetails = NO_DETAILS,
    ) -> None:
        """What is the same for every subject is looked up once.

        Args:
            places: by the name of the spec.
            numbers: of the scores that subjects show, as far as they are finished.
            details: of the same scores and their teachers', where a cell shows something else than errors.
        """
        self.graph, self.places, self.state, self.plan = graph, places, state, plan
        self.numbers, self.details = numbers, details
        self.steps = {step.address: step for step in plan.steps}
        self.timings = {Address(timing.address): timing for timing in state.timings.here}
        self.energies = energies(state.timings.here)


def explain(known: Known, subject: Subject, *, linked: bool) -> Explanation:
    """The tree of ``subject``, and what depends on it.

    Args:
        linked: whether the generated files are what the specs say.
    """
    return Explanation(
        node=tree(known, subject),
        below=below(known.graph, known.plan, changeable(known.graph, subject)),
        linked=linked,
        names={step.address: spoken(step.names) for step in known.plan.steps if step.names},
    )


def tree(known: Known, subject: Subject) -> Node:
    """The tree of ``subject`` alone."""
    return _Trace(known, subject).root(subject)


class _Trace:
    """One walk up the graph."""

    def __init__(self, known: Known, subject: Subject) -> None:
        self._known = known
        self._spec = subject.layout.spec if isinstance(subject, CellSubject) else subject.spec
        self._places = known.places[self._spec]
        self._seen: set[Address] = set()

    def root(self, subject: Subject) -> Node:
        if isinstance(subject, CellSubject):
            return self._cell(subject)
        address = subject.address
        match self._stage(address):
            case Data():
                return self._data(address)
            case Train() | Import():
                return self._network([address])
            case Predict() as store:
                return TeacherNode((self._traced(address),), *_kept(store), self._network([store.model]))
            case Score():
                return self._score([address])
            case Table() as table:
                return TableNode(
                    self._spec,
                    self._places.table(),
                    self._traced(address),
                    tuple(self._known.steps[score] for score in table.scores),
                )

    def _cell(self, subject: CellSubject) -> CellNode:
        layout, places = subject.layout, self._places
        row, column = subject.place
        results = {address: number.metrics for address, number in self._known.numbers.items()}
        quantity = layout.columns[0].quantity
        scores = subject.scores
        return CellNode(
            spec=self._spec,
            row=row,
            column=column,
            line=places.other_run(row, column) if subject.place in layout.other_runs else places.table(),
            shown=subject.shown,
            quantity=quantity,
            digits=layout.digits,
            spread=layout.spread,
            on=layout.on,
            cell=tabulate(layout, results, self._known.details).cells[row, column],
            published_line=places.published(row, column) if subject.place in layout.published else None,
            score=self._score(scores, layout.run(row, column))
            if scores and quantity != "parameters"
            else None,
            network=self._counted(scores) if scores and quantity == "parameters" else None,
        )

    def _score(self, addresses: Sequence[Address], run: tuple[str, str] | None = None) -> ScoreNode:
        use = self._use(addresses[0], run)
        assert use.model is not None and use.column is not None, addresses
        results = []
        for address in addresses:
            number = self._known.numbers.get(address)
            traced = self._traced(address, (use.model, use.column))
            results.append(
                Result(traced, number.metrics, number.file) if number is not None else Result(traced)
            )
        stages = [self._stage(address) for address in addresses]
        members = [member for stage in stages if isinstance(stage, Score) for member in stage.members]
        only = all(isinstance(stage, Score) and len(stage.members) == 1 for stage in stages)
        return ScoreNode(
            model=use.model,
            column=use.column,
            line=self._places.run(use.model, use.column),
            results=tuple(results),
            members=self._networks(members, (use.model, use.column) if only else None),
            ensemble=not only,
            average=next((stage.average for stage in stages if isinstance(stage, Score)), "probabilities"),
        )

    def _counted(self, scores: Sequence[Address]) -> NetworkNode | Seen:
        """The first network that one of ``scores`` measures: any has as many parameters."""
        score = self._stage(scores[0])
        assert isinstance(score, Score), scores[0]
        return self._network(score.members[:1])

    def _networks(
        self, addresses: Iterable[Address], run: tuple[str, str] | None = None
    ) -> tuple[NetworkNode | Seen, ...]:
        """Networks by run, each with all of its seeds."""
        runs: dict[tuple[str, str], list[Address]] = {}
        for address in dict.fromkeys(addresses):
            use = self._use(address, run)
            runs.setdefault((use.model or "", use.column or ""), []).append(address)
        return tuple(self._network(several, name) for name, several in sorted(runs.items()))

    def _network(
        self, addresses: Sequence[Address], run: tuple[str, str] | None = None
    ) -> NetworkNode | Seen:
        use = self._use(addresses[0], run)
        assert use.model is not None and use.column is not None, addresses
        name = (use.model, use.column)
        if self._seen.issuperset(addresses):
            return Seen(" ".join(name))
        self._seen.update(addresses)
        if isinstance(imported := self._stage(addresses[0]), Import):
            return self._imported(addresses[0], imported, name)
        return self._training(addresses, name)

    def _imported(self, address: Address, stage: Import, name: tuple[str, str]) -> ImportedNode:
        traced = self._traced(address, name)
        file = self._known.graph.stages[address].file
        assert file is not None, address
        weights = stage.model.parameters(self._images(stage.data))
        return ImportedNode(
            model=name[0],
            column=name[1],
            line=self._places.run(*name),
            model_line=self._places.model(name[0]),
            slug=stage.model.slug,
            weights=traced.facts.parameters if weights is None and traced.facts else weights,
            file=file,
            digest=stage.digest,
            stage=traced,
            data=self._data(stage.data),
        )

    def _images(self, data: Address) -> ImageShape:
        stage = self._stage(data)
        assert isinstance(stage, Data), data
        return stage.source.shape

    def _training(self, addresses: Sequence[Address], name: tuple[str, str]) -> TrainingNode:
        trainings = {}
        for address in addresses:
            stage = self._stage(address)
            assert isinstance(stage, Train), address
            trainings[address] = stage
        traced = sorted(
            (self._traced(address, name) for address in addresses),
            key=lambda stage: (-1 if stage.seed is None else stage.seed, stage.address),
        )
        first = trainings[addresses[0]]
        counted = (
            stage.facts.parameters for stage in traced if stage.facts and stage.facts.parameters is not None
        )
        # Before its teachers', so that the data set is told where one looks for it.
        data_node = self._data(first.data)
        weights = first.model.parameters(self._images(first.data))
        left_out = {"kind", "seed", *inputs(first)}
        return TrainingNode(
            model=name[0],
            column=name[1],
            line=self._places.run(*name),
            model_line=self._places.model(name[0]),
            recipe_line=self._places.recipe(),
            slug=first.model.slug,
            objective=first.objective.slug,
            parameters={key: value for key, value in parameters(first).items() if key not in left_out},
            weights=next(counted, None) if weights is None else weights,
            share=first.share,
            share_frozen=first.share_frozen,
            seeds={address: stage.seed for address, stage in trainings.items()},
            stages=tuple(traced),
            teachers=self._teachers(list(trainings.values())),
            data=data_node,
        )

    def _teachers(self, students: Sequence[Train]) -> tuple[TeacherNode, ...]:
        stores: dict[Address, list[Traced]] = {}
        kept: tuple[int | None, int | None] = None, None
        for student in students:
            for address in student.teacher_outputs:
                store = self._stage(address)
                assert isinstance(store, Predict), address
                kept = _kept(store)
                several = stores.setdefault(store.model, [])
                if all(store.address != address for store in several):
                    several.append(self._traced(address))
            for address in student.teachers:
                stores.setdefault(address, [])
        runs: dict[tuple[str, str], list[Address]] = {}
        for address in stores:
            use = self._use(address)
            runs.setdefault((use.model or "", use.column or ""), []).append(address)
        return tuple(
            TeacherNode(
                tuple(store for address in addresses for store in stores[address]),
                *(kept if any(stores[address] for address in addresses) else (None, None)),
                self._network(addresses, name),
            )
            for name, addresses in sorted(runs.items())
        )

    def _data(self, address: Address) -> DataNode | Seen:
        if address in self._seen:
            return Seen(_DATA)
        self._seen.add(address)
        stage = self._stage(address)
        assert isinstance(stage, Data), address
        return DataNode(stage.source, self._places.data(), self._traced(address))

    def _traced(self, address: Address, run: tuple[str, str] | None = None) -> Traced:
        stage = asked(address, self._known.graph.stages[address])
        entry = self._known.state.locks.get(stage.lock, {}).get(address)
        paths = [path for path in stage.outputs if path.endswith(tuple(f"/{name}" for name in MADE_WITH))]
        facts = self._known.state.facts.get(paths[0]) if paths else None
        use = self._use(address, run)
        return Traced(
            address=address,
            seed=use.seed,
            for_seed=use.for_seed,
            parameter_file=stage.parameter_file,
            lock=stage.lock,
            outputs=tuple(
                Output(path, entry.outputs.get(path) if entry else None, self._known.state.files.get(path))
                for path in stage.outputs
            ),
            step=self._known.steps[address],
            facts_file=paths[0] if facts is not None else None,
            facts=facts,
            timing=self._known.timings.get(address),
            energy=self._known.energies.get(address),
        )

    def _stage(self, address: Address) -> Stage:
        return self._known.graph.stages[address].stage

    def _use(self, address: Address, run: tuple[str, str] | None = None) -> Use:
        """What the spec calls a stage; by the name ``run``, if that is one of several."""
        uses = [use for use in self._known.graph.stages[address].uses if use.spec == self._spec]
        named = [use for use in uses if (use.model, use.column) == run]
        return min(named or uses, key=by_name)


def _kept(store: Predict) -> tuple[int | None, int | None]:
    """The views of each image in a store; or the epochs, where it is by epoch."""
    return (store.per_image, None) if store.seed is None else (None, store.per_image)
