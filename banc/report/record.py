"""What programs read of a cell: the same numbers under the same names in CSV and in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from banc.digest import Json
from banc.report.cells import Cell, Comparison, Counted, MeasuredCell, NotRun, Unfinished
from banc.report.quantities import unit
from banc.stage.layout import Column, Layout, Quantity, Row

if TYPE_CHECKING:
    from banc.report.statistics.difference import Difference

RECORD = ("mean", "std", "n", "of", "published", "published_deviation", "unit", "state")
"""The keys of a record, in order."""


def run(layout: Layout, row: Row, column: Column) -> str | None:
    """The run that a cell shows, as a spec refers to it: ``<model>/<column>``.

    None of a count of parameters, which is the row's own network's, and where nothing is run.
    """
    name = layout.run(row.name, column.name) if column.quantity != "parameters" else None
    return None if name is None else "/".join(name)


def imported(layout: Layout, row: Row, column: Column) -> str | None:
    """The weights behind a cell of errors that were trained elsewhere, by digest; None where there are none.

    ``sha256:<64 hex digits>``; of several networks with a blank between.
    """
    several = layout.elsewhere(row.name, column.name) if column.quantity != "parameters" else ()
    return " ".join(f"sha256:{weights.sha256}" for weights in several) or None


def images_of(layout: Layout, column: Column) -> str | None:
    """Which images an error is of, ``test`` or ``validation``; None of a count of parameters."""
    return layout.on if column.quantity in ("error", "accuracy") else None


def record(cell: Cell, quantity: Quantity) -> dict[str, Json]:
    """Numbers in full precision, None where there is none.

    ``state`` is ``complete``, ``partial`` (some seeds), ``unfinished`` (no seed) or ``not run``; ``n`` and
    ``of`` count seeds, of errors alone: a count of parameters does not depend on them.
    """
    mean, std, n, of = None, None, None, None
    match cell:
        case MeasuredCell():
            mean, std, n, of = cell.mean, cell.spread, cell.n, cell.of
            state = "complete" if cell.complete else "partial"
        case Counted():
            mean, state = cell.millions, "complete"
        case Unfinished():
            state = "unfinished"
            n, of = (0, cell.of) if quantity != "parameters" else (None, None)
        case NotRun():
            state = "not run"
    deviation = None if isinstance(cell, Counted) else cell.deviation
    values = (mean, std, n, of, cell.published, deviation, unit(quantity), state)
    return dict(zip(RECORD, values, strict=True))


def comparison_record(comparison: Comparison) -> dict[str, Json]:
    """A difference of two cells in full precision: the first's mean less the second's."""
    return {
        "first": dict(zip(("row", "column"), comparison.first, strict=True)),
        "second": dict(zip(("row", "column"), comparison.second, strict=True)),
        **difference_record(comparison.difference),
    }


def difference_record(difference: Difference) -> dict[str, Json]:
    """``low`` and ``high`` are the 95 % interval, ``p`` is two-sided, ``adjusted`` is it after Holm.

    They are None where there are too few seeds. ``images`` is None where only seeds were resampled.
    """
    return {
        "difference": difference.mean,
        "low": difference.low,
        "high": difference.high,
        "standard_error": difference.error,
        "n": difference.n,
        "images": difference.images,
        "p": difference.p,
        "adjusted": difference.adjusted,
        "told_apart": difference.told_apart,
    }
