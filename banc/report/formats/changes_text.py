"""What changed in tables, as text, as Markdown for a pull request, and as JSON.

In: changes. Out: text that ends with a newline.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from attrs import evolve

from banc.digest import Json
from banc.printable import one_line, printable_json
from banc.report.cells import Cell, MeasuredCell
from banc.report.changes import Change, Changes
from banc.report.formats.difference_text import aligned, signed
from banc.report.formats.markdown import escape_markdown
from banc.report.quantities import decimals
from banc.report.record import difference_record, record
from banc.report.wording import above_rows, wording
from banc.stage.layout import Layout

_HEADS = ("Column", "Before", "Now", "Change", "")
_RIGHT = (False, False, True, True, True, False)


def changes_text(several: Sequence[Changes], since: str, *, markdown: bool) -> str:
    """For each table a title, the cells that changed, and how many did not."""
    parts = []
    for found in several:
        layout = found.table.layout
        lines = [_cells(layout, change) for change in found.changes]
        heads = (above_rows(layout), *_HEADS)
        title = f"{one_line(layout.title)}: since {one_line(since)}"
        said = _said(found)
        if markdown:
            rows = [[escape_markdown(text) for text in line] for line in (heads, *lines)]
            rule = ["---:" if right else "---" for right in _RIGHT]
            body = [f"| {' | '.join(line)} |" for line in (rows[0], rule, *rows[1:])] if lines else []
            paragraphs = [f"**{escape_markdown(title)}**", "\n".join(body), escape_markdown(said)]
        else:
            body = aligned([heads, *lines], _RIGHT) if lines else []
            paragraphs = [title, "\n".join(body), said]
        parts.append("\n\n".join(filter(None, paragraphs)) + "\n")
    return "\n".join(parts)


def changes_json(several: Sequence[Changes], since: str) -> str:
    """An array with one object a table: ``spec``, ``since``, ``same`` and its ``changes``."""
    tables = [
        {
            "spec": found.table.layout.spec,
            "since": since,
            "same": found.same,
            "changes": [_record(change) for change in found.changes],
        }
        for found in several
    ]
    return printable_json(json.dumps(tables, indent=1, ensure_ascii=False, allow_nan=False)) + "\n"


def _record(change: Change) -> dict[str, Json]:
    quantity = change.column.quantity
    return {
        "row": change.row.name,
        "column": change.column.name,
        "kind": change.kind,
        "before": record(change.before, quantity),
        "now": record(change.now, quantity),
        "change": None if change.difference is None else difference_record(change.difference),
    }


def _cells(layout: Layout, change: Change) -> tuple[str, ...]:
    before, now = (_text(layout, change, cell) for cell in (change.before, change.now))
    size = verdict = ""
    if change.difference is not None:
        size = signed(change.difference.mean, decimals(change.column.quantity, layout.digits))
        apart = "told apart" if change.difference.told_apart else "inside the noise"
        verdict = apart if change.difference.enough else "n too small"
    labels = one_line(change.row.label), one_line(layout.full_label(change.column))
    return (*labels, before, now, size, verdict or change.kind)


def _text(layout: Layout, change: Change, cell: Cell) -> str:
    """Without marks of the table that it stood in."""
    if isinstance(cell, MeasuredCell):
        cell = evolve(cell, tied=False)
    pieces = wording(cell, change.column.quantity, layout.digits, layout.spread).pieces
    return " ".join(text for piece, text in pieces.items() if piece != "published")


def _said(found: Changes) -> str:
    number = len(found.changes)
    same = f"{found.same} {'cell is' if found.same == 1 else 'cells are'} what {_it(found.same)} then."
    if not number:
        return f"No number has changed; {same}"
    compared = [change.difference for change in found.changes if change.difference is not None]
    how = ""
    if any(difference.enough for difference in compared):
        holm = f", with Holm's correction over {len(compared)} of them" if compared[1:] else ""
        how = f" Changes are paired by seed{holm}."
    if any(_other_seeds(change) for change in found.changes):
        how += " Where seeds were added or dropped, the change is that of the seeds in both."
    return f"{number} {'cell has' if number == 1 else 'cells have'} changed; {same}{how}"


def _other_seeds(change: Change) -> bool:
    """Whether some seed has a number on one side alone."""
    cells = [cell for cell in (change.before, change.now) if isinstance(cell, MeasuredCell)]
    return change.difference is not None and any(cell.n > change.difference.n for cell in cells)


def _it(number: int) -> str:
    return "it was" if number == 1 else "they were"
