"""What a number after ``banc explain`` means: the cell that shows it.

In: a workspace, its graph and a number. Out: a name, as ``explain`` takes it.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from banc.errors import UsageError
from banc.graph.graph import Graph

if TYPE_CHECKING:
    from banc.report.find import Shown

_NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*(?:%|[*†~≈]|±.*)?")
LISTED = 8
"""Cells that are named, at most, where several show one number."""


def number_in(word: str) -> str | None:
    """The digits of ``word``, if it is a number as a table prints it: ``17.42``, ``17.42 ± 0.21``."""
    match = _NUMBER.fullmatch(word.strip())
    return match[1] if match else None


def cell_that_shows(root: Path, graph: Graph, number: str, spec: str | None) -> tuple[str, str, int | None]:
    """The table, the name of the cell, and the seed, if it is the number of a single one.

    Args:
        spec: the table that is meant; None: all.

    Raises:
        UsageError: no cell shows it, or several do.
        BancError: a file with results is damaged.
    """
    from banc.report.collect import collect
    from banc.report.find import cells_that_show
    from banc.report.tabulate import tabulate

    layouts = [layout for name, layout in graph.layouts.items() if spec in (None, name)]
    tables = [tabulate(layout, collect(root, layout)) for layout in layouts]
    cells: dict[object, Shown] = {}
    for table in tables:
        for cell in cells_that_show(table, number):
            # Two tables may show one run.
            cells.setdefault((table.layout.scores[cell.place], cell.seed), cell)
    if not cells:
        where = f"the table of `{spec}`" if spec else "a table"
        raise UsageError(
            f"no finished cell of {where} shows `{number}`",
            hint="`banc report` prints what is finished with the specs as they are now; or name a cell: "
            "row/column",
        )
    if len(cells) > 1:
        raise UsageError(
            f"`{number}` stands in {len(cells)} cells",
            hint="name the one that is meant: "
            + ", ".join(f"`{_call(cell, tables=len(tables))}`" for cell in list(cells.values())[:LISTED])
            + (", ..." if len(cells) > LISTED else ""),
        )
    (cell,) = cells.values()
    return cell.spec, "/".join(cell.place), cell.seed


def _call(cell: Shown, *, tables: int) -> str:
    """The command that explains ``cell``."""
    words = ["banc", "explain", *([cell.spec] if tables > 1 else []), "/".join(cell.place)]
    return shlex.join(words) + ("" if cell.seed is None else f" --seed {cell.seed}")
