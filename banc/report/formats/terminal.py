"""A table for a terminal, as wide as that is: cells are folded, then columns go below one another.

The one door of the report to rich. Bold and dim are the only styles, no colours; without styles a mark
sets the best cells apart.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from itertools import groupby, islice

from attrs import evolve, frozen
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from banc.printable import one_line
from banc.report.cells import FilledTable
from banc.report.folding import FOLDS, Fold, folded, heading, packed
from banc.report.grid import Grid, grid
from banc.report.wording import Piece, Wording, marks_of, notes

_BEST = "▸"
_INDENT = "  "
"""Of rows below a heading."""
_UNBOUNDED = 10_000
_TIGHTNESS = (*((fold, 2) for fold in FOLDS), (FOLDS[-1], 1))
"""How cells are folded and how far columns are apart, from the widest table to the narrowest."""


def terminal(table: FilledTable, *, width: int | None, color: bool) -> str:
    """Title, table and notes.

    Args:
        width: in characters; None for a line a row, as long as it gets. A line is longer than ``width``
            only where a label and a single number do not fit side by side.
        color: whether to write escape sequences for bold and dim. Deciding by the terminal and by
            ``NO_COLOR`` is the caller's.
    """
    console = Console(
        file=io.StringIO(),
        width=_UNBOUNDED,
        height=25,
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=False,
        legacy_windows=False,
        force_jupyter=False,
    )
    room = width or _UNBOUNDED
    lines = [*Text(one_line(table.layout.title), "bold").wrap(console, room)]
    printed = grid(table)
    for block, gap in _blocks(printed, width, color=color):
        lines += [Text(), *_drawn(block, gap, printed)]
    lines.append(Text())
    hint = (
        ("`banc repro` trains what is missing; `banc compile` first, if the spec is not linked.",)
        if table.missing
        else ()
    )
    for note in (*notes(table, best="Bold" if color else _BEST), *hint):
        lines += Text(note, "dim").wrap(console, room)
    with console.capture() as captured:
        for line in lines:
            line.rstrip()
            console.print(line, highlight=False, soft_wrap=True)
    return captured.get()


@frozen
class _Column:
    width: int
    head: list[Text]
    cells: list[list[Text]]
    """By row, then by line. All texts are ``width`` wide."""
    heading: str = ""
    """What stands above it and its neighbours of the same heading."""


def _blocks(printed: Grid, width: int | None, *, color: bool) -> list[tuple[list[_Column], int]]:
    """Columns that stand side by side, with the gap between them; more than one block if they must."""
    room = width or _UNBOUNDED
    for fold, gap in _TIGHTNESS:
        labels, *columns = _columns(printed, fold, width, color=color)
        units = _units(columns, gap, room - labels.width - gap)
        if _width(whole := [labels, *(column for unit in units for column in unit)], gap) <= room:
            return [(whole, gap)]
    blocks = packed(units, lambda block: _width([labels, *block], gap) <= room)
    return [([labels, *block], gap) for block in blocks]


def _units(columns: Sequence[_Column], gap: int, room: int) -> list[list[_Column]]:
    """What stays together: the columns below a heading, if they fit; else each column. Wide enough for it."""
    units = []
    for above, several in groupby(columns, key=lambda column: column.heading):
        unit = list(several)
        whole = above and _width(unit, gap) <= room
        for part in [unit] if whole else [[column] for column in unit]:
            lacking = max(map(cell_len, above.split()), default=0) - _width(part, gap)
            units.append([_wider(part[0], lacking), *part[1:]] if lacking > 0 else part)
    return units


def _wider(column: _Column, by: int) -> _Column:
    space = Text(" " * by)
    head = [space + line for line in column.head]
    return evolve(
        column,
        width=column.width + by,
        head=head,
        cells=[[space + line for line in cell] for cell in column.cells],
    )


def _width(block: Sequence[_Column], gap: int) -> int:
    return sum(column.width for column in block) + gap * (len(block) - 1)


def _columns(printed: Grid, fold: Fold, width: int | None, *, color: bool) -> list[_Column]:
    lines = [folded(line.cells, fold) for line in printed.lines]
    room = max(width // 3, 12) if width else _UNBOUNDED
    labels = [
        textwrap.wrap(one_line(line.label), room, initial_indent=indent, subsequent_indent=indent)
        for above, several in printed.by_section()
        for indent in [_INDENT if above else ""]
        for line in several
    ]
    widest = max((cell_len(line) for label in labels for line in label), default=0)
    text_columns = [_labels([printed.corner], labels, max(widest, len(printed.corner)))]
    headings = [one_line(span.heading) for span in printed.spans for _ in range(span.size)]
    for at, (label, words) in enumerate(printed.by_column()):
        column = _numbers(one_line(label), list(words), lines, color=color)
        text_columns.append(evolve(column, heading=headings[at]) if headings else column)
    return text_columns


def _labels(head: list[str], labels: list[list[str]], width: int) -> _Column:
    def fill(lines: list[str]) -> list[Text]:
        return [Text(line + " " * (width - cell_len(line))) for line in lines]

    return _Column(width, fill(head), [fill(label) for label in labels])


def _numbers(label: str, words: list[Wording], lines: list[Fold], *, color: bool) -> _Column:
    cells = [
        [_line(cell, pieces, words, color=color) for pieces in fold]
        for cell, fold in zip(words, lines, strict=True)
    ]
    widest = max((line.cell_len for cell in cells for line in cell), default=0)
    head = [Text(line) for line in heading(label, widest)]
    width = max(widest, *(line.cell_len for line in head))
    for line in (*head, *(line for cell in cells for line in cell)):
        line.pad_left(width - line.cell_len)
    return _Column(width, head, cells)


def _line(words: Wording, pieces: Sequence[Piece], column: list[Wording], *, color: bool) -> Text:
    """Some pieces of a cell, each as wide as in the cells above and below, so that points align."""
    parts = []
    for piece in pieces:
        others = [_plain(other, piece, color=color) for other in column]
        text = _plain(words, piece, color=color)
        text += " " * (max(len(marks_of(other)) for other in others) - len(marks_of(text)))
        style = "bold" if piece == "value" and words.best else "dim" if piece == "published" else ""
        if room := max(map(len, others)):
            parts.append(Text(text.rjust(room), style))
    return Text(" ").join(parts)


def _plain(words: Wording, piece: Piece, *, color: bool) -> str:
    mark = _BEST if piece == "value" and words.best and not color else ""
    return mark + words.pieces.get(piece, "")


def _drawn(block: Sequence[_Column], gap: int, printed: Grid) -> list[Text]:
    height = max(len(column.head) for column in block)
    tall = any(len(cell) > 1 for column in block for cell in column.cells)
    lines = _over(block, gap)
    lines += _joined(block, [[Text()] * (height - len(c.head)) + c.head for c in block], gap)
    lines.append(Text("─" * _width(block, gap)))
    rows = iter(zip(*(column.cells for column in block), strict=True))
    for number, (above, several) in enumerate(printed.by_section()):
        lines += [Text()] if number else []
        lines += map(Text, textwrap.wrap(one_line(above), _width(block, gap)))
        for at, cells in enumerate(islice(rows, len(several))):
            lines += [Text()] if tall and at else []
            lines += _joined(block, cells, gap)
    return lines


def _over(block: Sequence[_Column], gap: int) -> list[Text]:
    """The headings above several columns, each with a line below it; nothing where there are none."""
    if not any(column.heading for column in block):
        return []
    over: list[_Column] = []
    for above, several in groupby(block, key=lambda column: column.heading):
        width = _width(list(several), gap)
        words = [Text(" " * ((width - cell_len(line)) // 2) + line) for line in textwrap.wrap(above, width)]
        over.append(_Column(width, [*words, Text("─" * width if above else "")], []))
    height = max(len(column.head) for column in over)
    return _joined(over, [[Text()] * (height - len(c.head)) + c.head for c in over], gap)


def _joined(block: Sequence[_Column], cells: Sequence[list[Text]], gap: int) -> list[Text]:
    """Cells side by side; one with fewer lines than others is filled up with empty ones."""

    def line(at: int) -> Text:
        text = Text()
        for column, cell in zip(block, cells, strict=True):
            part = cell[at] if at < len(cell) else Text()
            text += part + Text(" " * (column.width - part.cell_len + gap))
        return text

    lines = (line(at) for at in range(max(map(len, cells))))
    return [line for line in lines if line.plain.strip()]  # what was folded for another block's sake
