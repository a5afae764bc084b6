"""The runs of a spec, with their errors and states: what most parts of a document are made of.

In: a graph, the name of a spec, its layout, finished scores, and what each stage is now. Out: runs, teachers
before their students. Pure: it reads nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import TopologicalSorter

from attrs import frozen

from banc.document.document import Name, Run, RunKind, RunState, SeedError
from banc.document.published import as_error
from banc.graph.graph import Graph
from banc.language.references import column as one_name
from banc.language.spec import TEACHER
from banc.printable import one_line
from banc.report.collect import Results
from banc.stage.kinds import Address, Import, Predict, Score, Train
from banc.stage.layout import Layout
from banc.status.stage_state import Done, Failed, Interrupted, Restorable, Running, StageState

_Seeds = dict[int | None, Address]


def runs_of(
    graph: Graph, spec: str, layout: Layout, results: Results, states: Mapping[Address, StageState]
) -> tuple[Run, ...]:
    """Every run of ``spec``: by generation, then as the table names its rows and columns."""
    return _Runs(graph, spec, layout, results, states).in_order()


def shown(layout: Layout, row: str, column: str) -> Name | None:
    """The run that a cell shows, whose quantity is measured; None where nothing is run."""
    run = layout.run(row, column)
    return None if run is None else (run[0], one_name(run[1]))


@frozen
class _Above:
    """What a run is made of: teachers, or of an ensemble its members."""

    teachers: tuple[Name, ...] = ()
    members: tuple[Name, ...] = ()


class _Runs:
    """The runs of one spec."""

    def __init__(
        self,
        graph: Graph,
        spec: str,
        layout: Layout,
        results: Results,
        states: Mapping[Address, StageState],
    ) -> None:
        self._graph, self._results, self._states = graph, results, states
        self._labels, self._published = _Labels(layout), _published(layout)
        self._scores, self._networks = _named(graph, spec)
        self._names = {address: name for name, seeds in self._networks.items() for address in seeds.values()}
        self._pools = {self._members(name): name for name in self._scores if name not in self._networks}
        """Ensembles by the members of their first seed."""

    def in_order(self) -> tuple[Run, ...]:
        """All, as a table names them."""
        above = {name: self._above(name) for name in self._scores}
        made: dict[Name, Run] = {}
        parents = {name: (*of_run.teachers, *of_run.members) for name, of_run in above.items()}
        for name in TopologicalSorter(parents).static_order():
            made[name] = self._run(name, above[name], made)
        return tuple(sorted(made.values(), key=self._labels.place))

    def _members(self, name: Name) -> frozenset[Address]:
        """The members of an ensemble, of its first seed."""
        stage = self._graph.stages[next(iter(self._scores[name].values()))].stage
        assert isinstance(stage, Score)
        return frozenset(stage.members)

    def _above(self, name: Name) -> _Above:
        if name not in self._networks:
            members = (self._names[member] for member in self._members(name) if member in self._names)
            return _Above(members=tuple(sorted(set(members))))
        first = min(self._networks[name].items(), key=lambda item: _order(item[0]))[1]
        stage = self._graph.stages[first].stage
        if not isinstance(stage, Train):
            return _Above()
        teachers = list(stage.teachers)
        for address in stage.teacher_outputs:
            store = self._graph.stages[address].stage
            assert isinstance(store, Predict)
            teachers.append(store.model)
        if stage.shared_with is not None and not teachers:
            teachers.append(stage.shared_with)
        if len(teachers) > 1 and frozenset(teachers) in self._pools:
            return _Above((self._pools[frozenset(teachers)],))
        named = (self._names[teacher] for teacher in teachers if teacher in self._names)
        return _Above(tuple(dict.fromkeys(teacher for teacher in named if teacher != name)))

    def _run(self, name: Name, above: _Above, made: Mapping[Name, Run]) -> Run:
        scores, networks = self._scores[name], self._networks.get(name, {})
        first = self._graph.stages[next(iter(networks.values()))].stage if networks else None
        kind: RunKind = "ensemble"
        objective = ""
        if isinstance(first, Train):
            kind, objective = "trained", first.objective.slug
        elif isinstance(first, Import):
            kind = "imported"
        errors = tuple(
            SeedError(seed, self._results[address].error)
            for seed, address in scores.items()
            if address in self._results
        )
        if above.members:
            generation = max(made[member].generation for member in above.members)
        else:
            generation = 1 + max((made[teacher].generation for teacher in above.teachers), default=-1)
        state: RunState = "finished"
        detail = ""
        if len(errors) < len(scores):
            stages = (networks or scores).values()
            state, detail = _state([self._states[stage] for stage in stages if stage in self._states])
        return Run(
            name=name,
            network=self._labels.model(name[0]),
            label=self._labels.run(name),
            kind=kind,
            objective=objective,
            generation=generation,
            teachers=above.teachers,
            members=above.members,
            errors=errors,
            of=len(scores),
            state=state,
            detail=detail,
            networks=dict(sorted(networks.items(), key=lambda item: _order(item[0]))),
            scores=scores,
            published=self._published.get(name),
        )


def _named(graph: Graph, spec: str) -> tuple[dict[Name, _Seeds], dict[Name, _Seeds]]:
    """The scores, and the networks, of each run by seed."""
    scores: dict[Name, _Seeds] = {}
    networks: dict[Name, _Seeds] = {}
    for address in sorted(graph.stages):
        placed = graph.stages[address]
        for use in placed.uses:
            if use.spec != spec or use.model is None or use.column is None:
                continue
            if isinstance(placed.stage, Score):
                scores.setdefault((use.model, use.column), {})[use.seed] = address
            elif isinstance(placed.stage, Train | Import):
                networks.setdefault((use.model, use.column), {})[use.seed] = address
    by_seed = {
        name: dict(sorted(seeds.items(), key=lambda item: _order(item[0]))) for name, seeds in scores.items()
    }
    return by_seed, networks


def _order(seed: int | None) -> int:
    return -1 if seed is None else seed


def _published(layout: Layout) -> dict[Name, float]:
    """By run, the error that was published for it."""
    quantities = {column.name: column.quantity for column in layout.columns}
    return {
        run: error
        for (row, column), number in layout.published.items()
        if (error := as_error(number, quantities[column])) is not None
        and (run := shown(layout, row, column)) is not None
    }


def _state(states: list[StageState]) -> tuple[RunState, str]:
    """Of several seeds the one that a person must know of first."""
    for state in states:
        if isinstance(state, Failed):
            return "failed", one_line(state.failure.message)
    for state in states:
        if isinstance(state, Running):
            return "running", one_line(state.heartbeat.phase) if state.heartbeat else ""
    for state in states:
        if isinstance(state, Interrupted):
            return "stopped", ""
    done = sum(isinstance(state, Done | Restorable) for state in states)
    return "waiting", f"{done} of {len(states)} seeds trained" if done else ""


class _Labels:
    """What the table calls rows and columns; what it does not show is called as in the spec."""

    def __init__(self, layout: Layout) -> None:
        self._rows = {row.name: one_line(row.label) for row in layout.rows}
        self._columns = {
            one_name(column.name): one_line(layout.full_label(column)) for column in layout.columns
        }
        for column in layout.columns:
            if column.name == TEACHER:
                # Where a table has both columns, a network that it does not show is called a teacher.
                self._columns[TEACHER] = one_line(layout.full_label(column))
        self._of_run = _label_in_own_row(layout)
        # A model that is only in cells of other rows' still has a name of its own.
        self._places = {name: at for at, name in enumerate((*self._rows, *self._columns))}

    def model(self, name: str) -> str:
        return self._rows.get(name) or one_line(name)

    def run(self, name: Name) -> str:
        return self._of_run.get(name) or self._columns.get(name[1]) or one_line(name[1])

    def place(self, run: Run) -> tuple[int, str, bool, int, int, str]:
        """How runs are sorted."""
        model, column = run.name
        last = len(self._places)
        return (
            self._places.get(model, last),
            model,
            run.kind == "ensemble",
            run.generation,
            self._places.get(column, last),
            column,
        )


def _label_in_own_row(layout: Layout) -> Mapping[Name, str]:
    """What the table calls each network that learned from the labels alone.

    A table of pairs shows them in two columns: a pair's teacher, and its student without a teacher. Who is
    both is called a teacher, as in ``banc graph``.
    """
    labels: dict[Name, str] = {}
    for column in layout.columns:
        if one_name(column.name) == TEACHER:
            for row in layout.rows:
                run = layout.run(row.name, column.name)
                if run is not None and one_name(run[1]) == TEACHER:
                    labels.setdefault((run[0], TEACHER), one_line(layout.full_label(column)))
    return labels
