"""A table as GitHub shows it, aligned so that it can be read before it is rendered, too."""

from __future__ import annotations

import re
from collections.abc import Sequence

from banc.report.cells import Table
from banc.report.wording import NETWORK, Wording, notes, one_line, wording

_SPECIAL = re.compile(r"([\\`*_\[\]<>&|~$#])")


def markdown(table: Table) -> str:
    """Title, table and notes, one paragraph each."""
    layout = table.layout
    head = [NETWORK, *(escaped(column.label) for column in layout.columns)]
    lines = [head]
    for row in layout.rows:
        cells = [
            _cell(wording(cell, column.quantity, layout.digits))
            for cell, column in zip(table.row(row.name), layout.columns, strict=True)
        ]
        lines.append([escaped(row.label), *cells])
    widths = [max(3, *(len(line[at]) for line in lines)) for at in range(len(head))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    title = escaped(layout.title)
    paragraphs = [
        f"**{title}**" if title else "",
        "\n".join(_line(line, widths) for line in (lines[0], rule, *lines[1:])),
        " ".join(escaped(note) for note in notes(table, best="Bold")),
    ]
    return "\n\n".join(filter(None, paragraphs)) + "\n"


def escaped(text: str) -> str:
    """``text`` so that GitHub shows exactly it, in a cell or elsewhere."""
    return _SPECIAL.sub(r"\\\1", one_line(text))


def _cell(words: Wording) -> str:
    texts = {piece: escaped(text) for piece, text in words.pieces.items()}
    if words.best:
        texts["value"] = f"**{texts['value']}**"
    return " ".join(texts.values())


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first = cells[0].ljust(widths[0])
    rest = (cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True))
    return f"| {' | '.join((first, *rest))} |"
