"""A filled table as HTML: each number leads to how it was made, and its seeds stand in its hint.

In: a report of one spec. Out: HTML, with the same table as LaTeX, Typst, Markdown and CSV to copy.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from banc.document.document import SpecReport
from banc.document.html.anchors import Anchors
from banc.document.html.text import block, text
from banc.document.runs import shown
from banc.printable import one_line
from banc.report.cells import Cell, Counted, MeasuredCell
from banc.report.grid import Span, grid
from banc.report.quantities import decimals
from banc.report.render import Format, render
from banc.report.wording import notes, wording
from banc.stage.layout import Column, Row

_COPIES: tuple[tuple[str, Format], ...] = (
    ("LaTeX", "latex"),
    ("Typst", "typst"),
    ("Markdown", "markdown"),
    ("CSV", "csv"),
)


def table_html(report: SpecReport, anchors: Anchors) -> str:
    """The table, its notes, and its copies."""
    layout = report.table.layout
    columns = [text(column.label) for column in layout.columns]
    rows = [text(row.label) for row in layout.rows]
    printed = grid(report.table)
    cells = [
        [
            _cell(report, anchors, row, column, cell)
            for column, cell in zip(layout.columns, report.table.row(row.name), strict=True)
        ]
        for row in layout.rows
    ]
    if layout.transpose:
        rows, columns = columns, rows
        cells = [list(line) for line in zip(*cells, strict=True)]
    lines = zip(rows, cells, strict=True)
    body = "".join(
        f"<tbody>{_section(span.heading, len(columns))}"
        + "".join(
            f'<tr><th scope="row">{label}</th>{"".join(line)}</tr>\n'
            for label, line in islice(lines, span.size)
        )
        + "</tbody>"
        for span in printed.sections or (Span("", len(rows)),)
    )
    told = " ".join(text(note) for note in notes(report.table, best="Bold"))
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="Table: {text(layout.title)}">'
        f'<table class="results"><thead>{_head(printed.corner, columns, printed.spans)}</thead>\n'
        f"{body}</table></div>\n"
        f'<p class="note">{told}</p>\n{_copies(report)}'
    )


def _head(corner: str, columns: Sequence[str], spans: Sequence[Span]) -> str:
    """One row of labels; with headings above several columns, two. ``data-c``: which column a label is of."""
    if not spans:
        labels = "".join(f'<th scope="col" class="n">{label}</th>' for label in columns)
        return f'<tr><th scope="col">{corner}</th>{labels}</tr>'
    above, below, place = [f'<th scope="col" rowspan="2" data-c="0">{corner}</th>'], list[str](), 0
    for span in spans:
        if span.heading:
            heading = f"<span>{text(span.heading)}</span>"
            above.append(f'<th scope="colgroup" colspan="{span.size}" class="over">{heading}</th>')
        for at in range(place, place + span.size):
            rows = "" if span.heading else ' rowspan="2"'
            label = f'<th scope="col"{rows} class="n" data-c="{at + 1}">{columns[at]}</th>'
            (below if span.heading else above).append(label)
        place += span.size
    return f"<tr>{''.join(above)}</tr><tr>{''.join(below)}</tr>"


def _section(heading: str, columns: int) -> str:
    """The row above rows that stand below a heading."""
    if not heading:
        return ""
    return f'<tr class="over"><th scope="rowgroup" colspan="{columns + 1}">{text(heading)}</th></tr>\n'


def _cell(report: SpecReport, anchors: Anchors, row: Row, column: Column, cell: Cell) -> str:
    words = wording(cell, column.quantity, report.table.layout.digits, report.table.layout.spread)
    value = text(words.pieces["value"])
    if words.best:
        value = f"<b>{value}</b>"
    name = shown(report.table.layout, row.name, column.name) if column.quantity != "parameters" else None
    if name is not None and name in anchors:
        value = f'<a href="#{anchors[name]}"{_hint(report, row, column, cell)}>{value}</a>'
    rest = "".join(
        f' <span class="{piece}">{text(words.pieces[piece])}</span>'
        for piece in ("spread", "progress", "published")
        if piece in words.pieces
    )
    sorted_by = ""
    if isinstance(cell, MeasuredCell):
        sorted_by = f' data-v="{cell.mean:.6g}"'
    elif isinstance(cell, Counted):
        sorted_by = f' data-v="{cell.parameters}"'
    return f'<td class="n"{sorted_by}>{value}{rest}</td>'


def _hint(report: SpecReport, row: Row, column: Column, cell: Cell) -> str:
    """Each seed's number."""
    if not isinstance(cell, MeasuredCell):
        return ""
    layout = report.table.layout
    digits = decimals(column.quantity, layout.digits)
    told = []
    for address, value in zip(layout.scores[row.name, column.name], cell.values, strict=True):
        seed = layout.seed_of.get(address)
        name = "all seeds" if seed is None else f"seed {seed}"
        told.append(f"{name}: {'not finished' if value is None else f'{value:.{digits}f}'}")
    where = f"{one_line(row.label)}, {one_line(layout.full_label(column))}"
    return f' title="{text("; ".join(told))}" aria-label="{text(where)}: {text("; ".join(told))}"'


def _copies(report: SpecReport) -> str:
    parts = []
    for label, kind in _COPIES:
        content = render([report.table], kind, width=None, color=False)
        parts.append(
            f'<details class="copy"><summary>{label}</summary>'
            f'<pre tabindex="0">{block(content)}</pre></details>'
        )
    return f'<div class="copies"><span class="note">The table as</span>{"".join(parts)}</div>\n'
