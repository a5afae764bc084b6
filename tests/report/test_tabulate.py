"""Holds which cell each place gets."""

from __future__ import annotations

from attrs import evolve

from banc.report.cells import Counted, MeasuredCell, NotRun, Unfinished
from banc.report.collect import Results
from banc.report.tabulate import tabulate
from banc.stage.kinds import Address
from banc.stage.layout import Bold, Column, Layout, Row
from banc.stage.metrics import Metrics

Filled = tuple[Layout, Results]
Seeds = tuple[float | None, ...]


def table(bold: Bold, rows: dict[str, dict[str, Seeds]], digits: int = 2) -> Filled:
    """A layout and its results from errors by row and column; None is a seed that is not finished."""
    names = list(dict.fromkeys(column for cells in rows.values() for column in cells))
    scores: dict[tuple[str, str], tuple[Address, ...]] = {}
    results: dict[Address, Metrics] = {}
    for row, cells in rows.items():
        for column, errors in cells.items():
            addresses = [Address(f"score-{row}-{column}-s{seed}") for seed in range(len(errors))]
            scores[row, column] = tuple(addresses)
            for address, error in zip(addresses, errors, strict=True):
                if error is not None:
                    results[address] = Metrics(error, 0.5, 100, 1, 1000)
    columns = tuple(Column(name, name, "error") for name in names)
    layout = Layout("t", "T", tuple(Row(row, row) for row in rows), columns, scores, {}, 2, digits, bold)
    return layout, results


def test_every_place_has_the_cell_it_deserves(table2: Filled) -> None:
    layout, results = table2
    last = layout.scores["Match-Pre-ResNet-14-1", "ban"][2]
    gone = {*layout.scores["Match-Pre-ResNet-14-0.5", "ban"], last}
    cells = tabulate(layout, {key: one for key, one in results.items() if key not in gone}).cells
    assert cells.keys() == {(row.name, column.name) for row in layout.rows for column in layout.columns}
    assert cells["Pre-activation ResNet-1001", "baseline"] == NotRun(22.71)
    assert cells["Pre-activation ResNet-1001", "ban"] == NotRun(None)
    assert cells["Pre-activation ResNet-1001", "parameters"] == NotRun(10.2)
    assert cells["Wide-ResNet-28-10", "parameters"] == Counted(36_540_000, 36.0)
    assert cells["Match-Pre-ResNet-14-0.5", "ban"] == Unfinished(3, 18.8)
    partial = cells["Match-Pre-ResNet-14-1", "ban"]
    assert isinstance(partial, MeasuredCell)
    assert (partial.n, partial.of, partial.published, partial.values[2]) == (2, 3, 17.39, None)


def test_seeds_keep_their_order() -> None:
    cell = tabulate(*table("none", {"a": {"x": (9.0, None, 7.0)}})).cells["a", "x"]
    assert isinstance(cell, MeasuredCell)
    assert cell.values == (9.0, None, 7.0)


def test_parameters_are_known_from_any_seed() -> None:
    layout, results = table("row", {"a": {"x": (None, 7.0)}, "b": {"x": (None, None)}})
    cells = tabulate(evolve(layout, columns=(Column("x", "x", "parameters"),)), results).cells
    assert cells == {("a", "x"): Counted(1000), ("b", "x"): Unfinished(2)}


def test_parameters_are_known_before_anything_ran(table2: Filled) -> None:
    layout, results = table2
    row = "Wide-ResNet-28-10"
    counted = evolve(layout, parameters={row: 36_536_884})
    assert tabulate(counted, {}).cells[row, "parameters"] == Counted(36_536_884, 36.0)
    assert tabulate(counted, results).cells[row, "parameters"] == Counted(36_536_884, 36.0)
    # Of a network whose code is not banc's, training tells.
    assert tabulate(layout, {}).cells[row, "parameters"] == Unfinished(3, 36.0)
    assert tabulate(layout, results).cells[row, "parameters"] == Counted(36_540_000, 36.0)


def test_a_table_knows_whether_something_is_missing(table2: Filled) -> None:
    layout, results = table2
    assert not tabulate(layout, results).missing
    assert tabulate(layout, {}).missing
    (last,) = layout.scores["Match-Pre-ResNet-14-1", "ban"][2:]
    assert tabulate(layout, {score: one for score, one in results.items() if score != last}).missing
    assert not tabulate(evolve(layout, scores={}), results).missing
