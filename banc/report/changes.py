"""What changed in a table since another state of the workspace, cell by cell.

In: a table as it was and as it is. Out: the cells that differ, with the difference where both have numbers.
Addresses may all have changed: cells are known by the names of their rows and columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import evolve, frozen

from banc.report.cells import Cell, FilledTable, MeasuredCell, NotRun, Place, Unfinished
from banc.report.compare import compare
from banc.report.statistics.difference import Difference
from banc.stage.layout import Column, Row

Kind = Literal["changed", "new", "gone"]

_BEFORE = "\0before"
"""What no name of a column ends with."""


@frozen
class Change:
    """A cell that reads otherwise."""

    place: Place
    row: Row
    column: Column
    kind: Kind
    before: Cell
    now: Cell
    difference: Difference | None = None
    """Now less before, over the seeds that both have; None where one of the two has no number."""


@frozen
class Changes:
    """What changed in one table."""

    table: FilledTable
    """As it is now."""
    changes: tuple[Change, ...]
    same: int
    """Cells with numbers that are what they were."""


def changes(before: FilledTable | None, now: FilledTable) -> Changes:
    """The cells of ``now`` and of ``before`` that differ, in the order of now, and then what is gone.

    Args:
        before: None where there was no such table.
    """
    old: Mapping[Place, Cell] = {} if before is None else before.cells
    rows = {row.name: row for table in (before, now) if table for row in table.layout.rows}
    columns = {column.name: column for table in (before, now) if table for column in table.layout.columns}
    found, same = list[Change](), 0
    for place in [*now.cells, *(place for place in old if place not in now.cells)]:
        was, cell = old.get(place, NotRun()), now.cells.get(place, NotRun())
        if _number(was) is None and _number(cell) is None:
            continue
        if _number(was) == _number(cell):
            same += 1
            continue
        kind: Kind = "new" if _number(was) is None else "gone" if _number(cell) is None else "changed"
        found.append(Change(place, rows[place[0]], columns[place[1]], kind, was, cell))
    return Changes(now, _with_differences(before, now, found), same)


def _number(cell: Cell) -> object:
    """What a reader would call the cell's number; None where there is none."""
    if isinstance(cell, MeasuredCell):
        return cell.values
    return None if isinstance(cell, NotRun | Unfinished) else cell.parameters


def _with_differences(
    before: FilledTable | None, now: FilledTable, found: list[Change]
) -> tuple[Change, ...]:
    """Compared as two columns of one table would be."""
    both = [
        change
        for change in found
        if isinstance(change.before, MeasuredCell) and isinstance(change.now, MeasuredCell)
    ]
    if before is None or not both:
        return tuple(found)
    was = {change.place: (change.place[0], change.place[1] + _BEFORE) for change in both}
    layout = evolve(
        now.layout,
        columns=(
            *now.layout.columns,
            *(evolve(column, name=column.name + _BEFORE) for column in before.layout.columns),
        ),
        scores={
            **now.layout.scores,
            **{was[change.place]: before.layout.scores[change.place] for change in both},
        },
        seed_of={**before.layout.seed_of, **now.layout.seed_of},
    )
    cells = {**now.cells, **{was[change.place]: change.before for change in both}}
    pairs = [(change.place, was[change.place]) for change in both]
    # One address with two errors was edited by hand: which images they are of is not known then.
    edited = {
        address
        for address in before.results.keys() & now.results.keys()
        if before.results[address] != now.results[address]
    }
    every = {**before.details, **now.details}
    details = {address: one for address, one in every.items() if address not in edited}
    compared = compare(layout, cells, details, pairs)
    by_place = {comparison.first: comparison.difference for comparison in compared}
    return tuple(evolve(change, difference=by_place.get(change.place)) for change in found)
