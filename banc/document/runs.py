"""The runs of a spec, with their errors and states: what most parts of a document are made of.

In: a graph, the name of a spec, its layout, finished scores, and what each stage is now. Out: runs, teachers
before their students. Pure: it reads nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from banc.document.document import Name, Run, RunKind, RunState, SeedError
from banc.document.published import as_error
from banc.graph.graph import Graph
from banc.language.declare import column as one_name
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
    scores, networks = _named(graph, spec)
    names_of = {address: name for name, seeds in networks.items() for address in seeds.values()}
    pools = {_members(graph, seeds): name for name, seeds in scores.items() if name not in networks}
    quantities = {column.name: column.quantity for column in layout.columns}
    published = {
        run: error
        for (row, column), number in layout.published.items()
        if (error := as_error(number, quantities[column])) is not None
        and (run := shown(layout, row, column)) is not None
    }
    labels = _Labels(layout)
    made: dict[Name, Run] = {}
    waiting = list(scores)
    while waiting:
        ahead = len(waiting)
        for name in list(waiting):
            above = _above(graph, networks, scores, names_of, pools, name)
            if any(other in waiting for other in above[0] + above[1]):
                continue
            waiting.remove(name)
            made[name] = _run(
                graph,
                name,
                above,
                scores[name],
                networks.get(name, {}),
                labels,
                results,
                states,
                made,
                published,
            )
        assert len(waiting) < ahead, "a graph has no circles"
    return tuple(sorted(made.values(), key=labels.place))


def shown(layout: Layout, row: str, column: str) -> Name | None:
    """The run that a cell shows, whose quantity is measured; None where nothing is run."""
    run = layout.run(row, column)
    return None if run is None else (run[0], one_name(run[1]))


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


def _members(graph: Graph, seeds: _Seeds) -> frozenset[Address]:
    """The members of an ensemble, of its first seed."""
    stage = graph.stages[next(iter(seeds.values()))].stage
    assert isinstance(stage, Score)
    return frozenset(stage.members)


def _above(
    graph: Graph,
    networks: Mapping[Name, _Seeds],
    scores: Mapping[Name, _Seeds],
    names_of: Mapping[Address, Name],
    pools: Mapping[frozenset[Address], Name],
    name: Name,
) -> tuple[tuple[Name, ...], tuple[Name, ...]]:
    """The teachers and the members of a run."""
    if name not in networks:
        members = sorted({names_of[member] for member in _members(graph, scores[name]) if member in names_of})
        return (), tuple(members)
    stage = graph.stages[min(networks[name].items(), key=lambda item: _order(item[0]))[1]].stage
    if not isinstance(stage, Train):
        return (), ()
    teachers = list(stage.teachers)
    for address in stage.teacher_outputs:
        store = graph.stages[address].stage
        assert isinstance(store, Predict)
        teachers.append(store.model)
    if stage.shared_with is not None and not teachers:
        teachers.append(stage.shared_with)
    if len(teachers) > 1 and frozenset(teachers) in pools:
        return (pools[frozenset(teachers)],), ()
    return tuple(
        dict.fromkeys(
            names_of[teacher] for teacher in teachers if teacher in names_of and names_of[teacher] != name
        )
    ), ()


def _run(
    graph: Graph,
    name: Name,
    above: tuple[tuple[Name, ...], tuple[Name, ...]],
    scores: _Seeds,
    networks: _Seeds,
    labels: _Labels,
    results: Results,
    states: Mapping[Address, StageState],
    made: Mapping[Name, Run],
    published: Mapping[Name, float],
) -> Run:
    teachers, members = above
    first = graph.stages[next(iter(networks.values()))].stage if networks else None
    kind: RunKind = "ensemble"
    objective = ""
    if isinstance(first, Train):
        kind, objective = "trained", first.objective.slug
    elif isinstance(first, Import):
        kind = "imported"
    errors = tuple(
        SeedError(seed, results[address].error) for seed, address in scores.items() if address in results
    )
    if members:
        generation = max(made[member].generation for member in members)
    else:
        generation = 1 + max((made[teacher].generation for teacher in teachers), default=-1)
    of_run = [states[stage] for stage in (networks or scores).values() if stage in states]
    state: RunState = "finished"
    detail = ""
    if len(errors) < len(scores):
        state, detail = _state(of_run)
    return Run(
        name=name,
        network=labels.model(name[0]),
        label=labels.column(name[1]),
        kind=kind,
        objective=objective,
        generation=generation,
        teachers=teachers,
        members=members,
        errors=errors,
        of=len(scores),
        state=state,
        detail=detail,
        networks=dict(sorted(networks.items(), key=lambda item: _order(item[0]))),
        scores=scores,
        published=published.get(name),
    )


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
        # A model that is only in cells of other rows' still has a name of its own.
        self._places = {name: at for at, name in enumerate((*self._rows, *self._columns))}

    def model(self, name: str) -> str:
        return self._rows.get(name) or one_line(name)

    def column(self, name: str) -> str:
        return self._columns.get(name) or one_line(name)

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
