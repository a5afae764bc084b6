"""What a cell says, and what its marks mean, in plain text.

In: cells. Out: the pieces of text that every format for people shares; a renderer escapes, stacks and
highlights them. A piece never contains anything that a reader would not see.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal

from attrs import frozen

from banc.printable import counted, one_line
from banc.report.cells import Cell, Counted, FilledTable, MeasuredCell, NotRun, Unfinished
from banc.report.comparison_notes import TIED, comparison_notes, printed
from banc.report.quantities import decimals, words
from banc.stage.layout import ImportedWeights, Layout, Quantity, Spread

NETWORK = "Network"
"""The heading above the labels of networks."""

UNFINISHED = "…"
NOT_RUN = "/"
DIFFERS = "*"
ELSEWHERE = "†"
"""Marks. The first stands alone or, before ``2/3``, after the mean of what is finished."""

AFTER = (DIFFERS, ELSEWHERE, TIED)
"""Marks that stand behind a number and must not move its point."""

DIGEST = 12
"""Digits of a digest that people read; programs get all."""

Piece = Literal["value", "spread", "progress", "published"]


def above_rows(layout: Layout) -> str:
    """The heading above the rows' labels."""
    return "Pair" if all(row.name in layout.pairs for row in layout.rows) else NETWORK


@frozen
class Wording:
    """One cell's text: ``16.24``, ``± 0.21``, ``…2/3``, ``(16.1)``; what has nothing to say is missing."""

    pieces: Mapping[Piece, str]
    best: bool = False


def wording(cell: Cell, quantity: Quantity, digits: int, spread: Spread = "std") -> Wording:
    """Errors with ``digits`` digits after the point; published numbers as short as they can be written."""
    pieces: dict[Piece, str] = {}
    digits = decimals(quantity, digits)
    match cell:
        case MeasuredCell():
            marks = (ELSEWHERE if cell.elsewhere else "") + (TIED if cell.tied else "")
            pieces["value"] = f"{cell.mean:.{digits}f}{marks}"
            if (size := cell.spread_as(spread)) is not None:
                pieces["spread"] = f"± {size:.{digits}f}"
            if not cell.complete:
                pieces["progress"] = f"{UNFINISHED}{cell.n}/{cell.of}"
        case Counted():
            pieces["value"] = count(cell.parameters) + (DIFFERS if cell.differs else "")
        case Unfinished():
            pieces["value"] = UNFINISHED + (ELSEWHERE if cell.elsewhere else "")
        case NotRun():
            pieces["value"] = NOT_RUN
    if cell.published is not None:
        unit = " M" if quantity == "parameters" else ""
        deviation = None if isinstance(cell, Counted) else cell.deviation
        around = "" if deviation is None else f" ± {shortest(deviation)}"
        pieces["published"] = f"({shortest(cell.published)}{around}{unit})"
    return Wording(pieces, isinstance(cell, MeasuredCell) and cell.best)


def marks_of(text: str) -> str:
    """The marks that ``text`` ends with."""
    return text[len(text.rstrip("".join(AFTER))) :]


def count(parameters: int) -> str:
    """``145.9 M``, ``16.24 M``, ``27.4 k``, ``812``: as all commands write a number of parameters."""
    return counted(parameters)


def shortest(number: float) -> str:
    """As short as the number can be written: no digit is added to what a paper printed."""
    return format(Decimal(repr(number)).normalize(), "f")


def notes(table: FilledTable, best: str) -> tuple[str, ...]:
    """The caption, and what each mark that occurs means: sentences.

    Args:
        best: how the best cells are set apart, as their sentence begins.
    """
    layout = table.layout
    cells = [cell for row in layout.rows for cell in table.row(row.name)]
    measured = [cell for cell in cells if isinstance(cell, MeasuredCell)]
    sentences = []
    if any(column.quantity != "parameters" for column in layout.columns):
        # What was trained elsewhere is one for all seeds, and says nothing of how many there are.
        counted = {cell.of for cell in measured if not (cell.elsewhere and cell.of == 1)}
        sentences.append(_caption(counted or {cell.of for cell in measured} or {layout.seeds}, layout))
        sentences += _quantities(layout)
    sentences += comparison_notes(table, best)
    if any(cell.published is not None for cell in cells):
        sentences.append("In parentheses: the published number.")
    if any(isinstance(cell, Counted) and cell.differs for cell in cells):
        sentences.append(f"{DIFFERS}: more than 1 % away from the published number of parameters.")
    sentences += _trained_elsewhere(layout)
    sentences += _missing(table)
    for n, of in sorted({(cell.n, cell.of) for cell in measured if not cell.complete}):
        sentences.append(f"{UNFINISHED}{n}/{of}: so far {n} of {of} seeds, not compared.")
    if any(isinstance(cell, NotRun) for cell in cells):
        sentences.append(f"{NOT_RUN}: not run.")
    return (*sentences, *_other_networks(layout))


def _trained_elsewhere(layout: Layout) -> Iterator[str]:
    """Which networks were not trained here, and from which files they are."""
    shown: dict[ImportedWeights, None] = {}
    pooled = False
    for row in layout.rows:
        for column in layout.columns:
            if column.quantity != "parameters":
                several = layout.elsewhere(row.name, column.name)
                shown |= dict.fromkeys(several)
                run = layout.run(row.name, column.name)
                pooled |= any(run != tuple(weights.run.split("/")) for weights in several)
    if not shown:
        return
    sources = [
        f"{one_line(weights.run)} from {one_line(weights.file)}, sha256 {weights.sha256[:DIGEST]}"
        for weights in shown
    ]
    ensembles = " An ensemble with this mark has such a member." if pooled else ""
    yield f"{ELSEWHERE}: trained elsewhere, one network for all seeds: {'; '.join(sources)}.{ensembles}"


def _other_networks(layout: Layout) -> Iterator[str]:
    """A sentence for each column and network, where cells show another network than their row's."""
    labels = {row.name: one_line(row.label) for row in layout.rows}
    for column in layout.columns:
        runs = {row.name: layout.run(row.name, column.name) for row in layout.rows}
        rows_of: dict[str, list[str]] = {}
        for row, run in runs.items():
            # That a pair has two networks is what its row says.
            if run is not None and run[0] != row and row not in layout.pairs:
                rows_of.setdefault(run[0], []).append(row)
        for model, rows in rows_of.items():
            everywhere = all(run is None or row in rows for row, run in runs.items())
            where = "" if everywhere else f" of {' and '.join(labels[row] for row in rows)}"
            network = labels.get(model, one_line(model))
            line, other = printed("column", layout).capitalize(), printed("row", layout)
            what = "accuracies" if column.quantity == "accuracy" else "errors"
            label = one_line(layout.full_label(column))
            yield f"{line} {label}{where}: {what} of {network}, not of the {other}'s network."


def _missing(table: FilledTable) -> list[str]:
    """How much of the table has no number yet."""
    linked = {True: 0, False: 0}  # whether it is measured, or else counted
    waiting = {True: 0, False: 0}
    for row in table.layout.rows:
        for cell, column in zip(table.row(row.name), table.layout.columns, strict=True):
            linked[column.quantity != "parameters"] += not isinstance(cell, NotRun)
            waiting[column.quantity != "parameters"] += isinstance(cell, Unfinished)
    sentences = []
    if waiting[True]:
        sentences.append(f"{UNFINISHED}: not finished, {waiting[True]} of {linked[True]} cells.")
    if waiting[False]:
        begin = "Parameters" if waiting[True] else f"{UNFINISHED}: parameters"
        sentences.append(f"{begin} of a network whose code is not banc's are known once it is trained.")
    return sentences


SPREADS: dict[Spread, str] = {
    "std": "sample standard deviation",
    "standard-error": "standard error of the mean",
    "interval": "95 % interval of the mean (Student's t)",
}


def _quantities(layout: Layout) -> Iterator[str]:
    """What each column shows that does not show errors."""
    labels = {column.name: one_line(layout.full_label(column)) for column in layout.columns}
    for column in layout.columns:
        if column.of:
            of = labels.get(column.of, one_line(column.of))
            yield f"{labels[column.name]}: {words(column.quantity, layout.on)}, of {of}."


def _caption(seeds: set[int], layout: Layout) -> str:
    # What a column of `[table.quantities]` shows is said in a note of its own.
    shown = {column.quantity for column in layout.columns if not column.of} & {"error", "accuracy"}
    main = next((quantity for quantity in ("error", "accuracy") if quantity in shown), None)
    what = f"{layout.on.capitalize()} {main} in percent, " if main else ""
    if seeds == {1}:
        return f"{what}one seed.".capitalize()
    over = str(*seeds) if len(seeds) == 1 else f"{min(seeds)} to {max(seeds)}"
    mean = f"mean ± {SPREADS[layout.spread]} over {over} seeds."
    return f"{what}{mean}" if what else f"M{mean[1:]}"
