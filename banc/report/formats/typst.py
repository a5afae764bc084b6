"""A table as Typst: a ``figure`` that compiles as it stands, from version 0.12 on.

Made for Typst's own page (A4, eleven points): letters shrink and cells are folded as far as needed, and what
does not fit even so stands in several tables below one another. All text stands in strings, where nothing but
a quote and a backslash is special.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from banc.printable import one_line
from banc.report.cells import FilledTable
from banc.report.folding import FOLDS, Fold, folded
from banc.report.formats.fit import Fit, Size, fit
from banc.report.formats.paper_form import DEFAULT, PaperForm, caption, label, parted
from banc.report.grid import Grid, grid
from banc.report.wording import Piece, Wording

_ROOM = 453
"""Points: the width of the text, in one column or across two."""

_SIZES = (Size("1em", 1.1, 12), Size("0.9em", 0.99, 9), Size("0.8em", 0.88, 7), Size("0.7em", 0.77, 5))

_THIN = "stroke: 0.5pt"


def typst(table: FilledTable, form: PaperForm = DEFAULT) -> str:
    """A figure with caption and label, or the table alone."""
    printed = grid(table)
    fitted = fit(printed, FOLDS[:1] if form.one_line else FOLDS, _SIZES, _ROOM)
    tables = [_table(printed.part(columns), fitted, columns) for columns in fitted.parts]
    body = tables[0]
    if tables[1:]:
        inner = [line for one in tables for line in _indented([*one[:-1], one[-1] + ","])]
        body = ["grid(", "  columns: 1, align: left, row-gutter: 1em,", *inner, ")"]
    body = [f"set text(size: {fitted.size.name})", "set par(leading: 0.4em)", *body]
    if form.tabular:
        text = ["#{", *_indented(body), "}"]
    else:
        where = ["placement: auto,", *(['scope: "parent",'] if form.wide else [])]
        told = f"caption: figure.caption(position: top, {quoted(caption(table))}),"
        figure = [*where, "kind: table,", "gap: 1em,", told, "{", *_indented(body), "},"]
        text = ["#figure(", *_indented(figure), f") <{label(table)}>"]
    return "\n".join(text) + "\n"


def quoted(text: str) -> str:
    """``text`` as a string of Typst, which prints exactly it."""
    plain = one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _table(printed: Grid, fitted: Fit, columns: range) -> list[str]:
    number = 1 + len(printed.columns)
    heads = fitted.heads[columns.start : columns.stop]
    tall = any(len(folded(line.cells, fitted.fold)) > 1 for line in printed.lines)
    inner = [
        f"columns: {number},",
        f"align: (left, {', '.join(['right'] * (number - 1))}),",
        "stroke: none,",
        f"inset: (x: {fitted.size.gap / 2:g}pt, y: {'0.45em' if tall else '0.35em'}),",
        "table.hline(),",
        "table.header(",
        *_indented([f"{', '.join(row)}," for row in _head(printed, heads)]),
        "),",
        f"table.hline({_THIN}),",
        *_body(printed, fitted.fold),
        "table.hline(),",
    ]
    return ["table(", *_indented(inner), ")"]


def _head(printed: Grid, heads: Sequence[Sequence[str]]) -> Iterator[list[str]]:
    """The headings above several columns, with a line below each; and the labels of the columns."""
    if printed.spans:
        above = ['""']
        for span in printed.spans:
            if span.heading:
                # Placed, the line is as long as the columns are wide, and widens none.
                line = "place(bottom, dy: 0.4em, line(length: 100%, stroke: 0.5pt))"
                text = f"{quoted(span.heading)} + {line}"
                above.append(f"table.cell(colspan: {span.size}, align: center + bottom, {text})")
            else:
                above += ['""'] * span.size
        yield above
    labels = [_bottom("right", _lines(map(quoted, lines))) for lines in heads]
    yield [_bottom("left", quoted(printed.corner)), *labels]


def _bottom(side: str, content: str) -> str:
    return f"table.cell(align: {side} + bottom, {content})"


def _body(printed: Grid, fold: Fold) -> Iterator[str]:
    """The rows, a line each; those of a section below its heading."""
    for number, (above, lines) in enumerate(printed.by_section()):
        space = "inset: (top: 0.8em)"
        if above:
            cell = f"colspan: {1 + len(printed.columns)}, align: left{f', {space}' if number else ''}"
            yield f"table.cell({cell}, emph({quoted(above)})),"
        for at, line in enumerate(lines):
            first = f"h(1em) + {quoted(line.label)}" if above else quoted(line.label)
            cells = [first, *(_cell(words, folded(line.cells, fold)) for words in line.cells)]
            if number and not above and not at:
                cells = [f"table.cell({space}, {cell})" for cell in cells]
            yield f"{', '.join(cells)},"


def _cell(words: Wording, fold: Fold) -> str:
    """The pieces of a cell; a line that it has nothing on is left empty, unless it is one of the last."""
    lines = [_line(words, pieces) for pieces in fold]
    while lines[1:] and lines[-1] == '""':
        lines.pop()
    return _lines(lines)


def _lines(lines: Iterator[str] | Sequence[str]) -> str:
    return " + linebreak() + ".join(lines)


def _line(words: Wording, pieces: Sequence[Piece]) -> str:
    parts, plain = list[str](), ""
    for piece in (name for name in pieces if name in words.pieces):
        if piece != "value":
            plain += f" {words.pieces[piece]}" if parts or plain else words.pieces[piece]
            continue
        value, marks = parted(words)
        parts.append(f"strong({quoted(value)})" if words.best else quoted(value))
        if marks:
            raised = quoted(marks) if marks == "*" else f"super({quoted(marks)})"
            # Alone, it hangs, so that points align.
            alone = not any(name in words.pieces for name in pieces if name != "value")
            parts.append(f"box(width: 0pt, align(left, {raised}))" if alone else raised)
    # A string of a blank and a number keeps its blank.
    return " + ".join([*parts, *([_spaced(plain)] if plain else [])]) or '""'


def _spaced(text: str) -> str:
    blank = " " if text.startswith(" ") else ""
    return f'"{blank}{quoted(text)[1:]}'
