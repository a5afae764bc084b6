"""What a person asks about: a cell of a table, a run that no table shows, or a stage.

In: a graph, and words such as ``densenet/ban-2``. Out: a subject. Knows no files.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from shlex import quote

from attrs import evolve, frozen

from banc.emit.emit import index_of
from banc.errors import UsageError
from banc.graph.graph import Graph
from banc.language.fault import nearest
from banc.language.references import column as one_name
from banc.provenance.printed import places_as_printed, places_by_name, printed_places
from banc.report.cells import Place
from banc.stage.files import parents
from banc.stage.kinds import Address, Score
from banc.stage.layout import Column, Layout, Row
from banc.stage.names import find_stage, is_name

_LISTED = 8
"""Runs that a message lists."""


@frozen
class CellSubject:
    """A cell, or a run in the form of one."""

    layout: Layout
    """The table's, with this row and column alone."""
    shown: bool
    """Whether the table has this cell."""

    @property
    def place(self) -> tuple[str, str]:
        return self.layout.rows[0].name, self.layout.columns[0].name

    @property
    def scores(self) -> tuple[Address, ...]:
        return self.layout.scores.get(self.place, ())


@frozen
class StageSubject:
    """A stage of any kind."""

    address: Address
    spec: str
    """The table out of whose spec it is explained."""


Subject = CellSubject | StageSubject


def find_subject(graph: Graph, name: str, *, spec: str | None = None, seed: int | None = None) -> Subject:
    """What ``name`` means.

    Args:
        name: an address; ``densenet/ban-2``: a cell by row and column, or a run; or, if it is empty, the
            whole table of ``spec``.
        spec: the name of the table that is meant; None: whichever has it.
        seed: the spec's seed, if only one is asked about.

    Raises:
        UsageError: there is no such thing, or specs mean different ones.
    """
    if not is_name(name):
        if seed is not None:
            raise UsageError(
                f"`{name or spec}` has no seeds to choose from: `--seed` is for a cell or a run",
                hint="name a run, such as `densenet/ban-1`, or leave out `--seed`",
            )
        return _stage(graph, name or f"table-{spec}", spec)
    layouts = [layout for at, layout in graph.layouts.items() if spec in (None, at)]
    by_name = [_cell(layout, place) for layout in layouts for place in places_by_name(layout, name)]
    # A place where one spec runs nothing is no reason not to show what another one runs.
    cells = (
        [cell for cell in by_name if cell.scores]
        or [cell for layout in layouts if (cell := _run(graph, layout, name)) is not None]
        or by_name
        or _as_printed(layouts, name)
    )
    if not cells:
        raise _unknown(graph, layouts, name, spec)
    different = {cell.scores: cell.layout.spec for cell in cells}
    if len(different) > 1:
        specs = sorted(different.values())
        raise UsageError(
            f"`{name}` means different runs in the specs {', '.join(specs)}",
            hint=f"name the spec, too: `banc explain {specs[0]} {quote(name)}`",
        )
    return cells[0] if seed is None else _of_seed(cells[0], name, seed)


def above(graph: Graph, subject: Subject) -> tuple[Address, ...]:
    """The stages that ``subject`` comes from, its own included."""
    ahead = list(subject.scores if isinstance(subject, CellSubject) else (subject.address,))
    reached: dict[Address, None] = {}
    while ahead:
        address = ahead.pop()
        if address not in reached:
            reached[address] = None
            ahead += parents(graph.stages[address].stage)
    return tuple(reached)


def changeable(graph: Graph, subject: Subject) -> tuple[Address, ...]:
    """The stages that a person means by "if this changed": a cell's trainings, an ensemble's scores."""
    if isinstance(subject, StageSubject):
        return (subject.address,)
    stages = [graph.stages[address].stage for address in subject.scores]
    members = [stage.members for stage in stages if isinstance(stage, Score)]
    if all(len(several) == 1 for several in members):
        return tuple(dict.fromkeys(several[0] for several in members))
    return subject.scores


def _stage(graph: Graph, name: str, spec: str | None) -> StageSubject:
    address = find_stage(index_of(graph), name)
    specs = sorted({use.spec for use in graph.stages[address].uses})
    if spec is not None and spec not in specs:
        raise UsageError(f"`{name}` is no stage of `{spec}`", hint=f"it is one of {_listed(specs)}")
    return StageSubject(address, spec or specs[0])


def _cell(layout: Layout, place: Place) -> CellSubject:
    rows = tuple(row for row in layout.rows if row.name == place[0])
    columns = tuple(column for column in layout.columns if column.name == place[1])
    return CellSubject(evolve(layout, rows=rows, columns=columns), shown=True)


def _as_printed(layouts: Iterable[Layout], name: str) -> list[CellSubject]:
    """The cells whose row and column a report prints as ``name``; those alone that run something, if any do.

    Raises:
        UsageError: several of a table are printed so.
    """
    cells = []
    for layout in layouts:
        places = places_as_printed(layout, name)
        if len(places) > 1:
            raise UsageError(
                f"`{name}` names {len(places)} cells of `{layout.spec}`",
                hint=f"name the one that is meant: {_listed(f'`{row}/{column}`' for row, column in places)}",
            )
        cells += [_cell(layout, place) for place in places]
    return [cell for cell in cells if cell.scores] or cells


def _run(graph: Graph, layout: Layout, name: str) -> CellSubject | None:
    """The run ``name`` of a spec whose table does not have it."""
    model, _, column = name.rpartition("/")
    column = one_name(column)
    scores = sorted(
        (-1 if use.seed is None else use.seed, address)
        for address, linked in graph.stages.items()
        if isinstance(linked.stage, Score)
        for use in linked.uses
        if (use.spec, use.model, use.column) == (layout.spec, model, column)
    )
    if not scores:
        return None
    one = evolve(
        layout,
        rows=(Row(model, model),),
        columns=(Column(column, column, "error"),),
        scores={(model, column): tuple(address for _, address in scores)},
        published={},
        other_runs={},
    )
    return CellSubject(one, shown=False)


def _of_seed(cell: CellSubject, name: str, seed: int) -> CellSubject:
    seed_of = cell.layout.seed_of
    wanted = tuple(address for address in cell.scores if seed_of.get(address) == seed)
    if not wanted:
        seeds = sorted({seed_of[address] for address in cell.scores if address in seed_of})
        hint = f"expected {_listed(map(str, seeds))}" if seeds else "leave out `--seed`"
        raise UsageError(f"`{name}` has no seed {seed}", hint=hint)
    return evolve(cell, layout=evolve(cell.layout, scores={cell.place: wanted}))


def _unknown(graph: Graph, layouts: Sequence[Layout], name: str, spec: str | None) -> UsageError:
    specs = {layout.spec for layout in layouts}
    runs = sorted(
        {use.run for linked in graph.stages.values() for use in linked.uses if use.run and use.spec in specs}
    )
    called = {run: run for run in runs}
    called |= {printed: "/".join(place) for layout in layouts for printed, place in printed_places(layout)}
    near = nearest(name, called)
    where = f"`{layouts[0].spec}` has" if len(layouts) == 1 else "the specs have"
    return UsageError(
        f"no cell and no run is called `{name}`",
        hint=(f"did you mean `{called[near]}`? " if near else "")
        + f"{where} the runs {_listed(f'`{run}`' for run in runs)}"
        + ("" if spec else f"; a spec that is not linked is named first: `banc explain SPEC {quote(name)}`"),
    )


def _listed(words: Iterable[str]) -> str:
    several = list(words)
    return ", ".join(several[:_LISTED]) + (", ..." if several[_LISTED:] else "")
