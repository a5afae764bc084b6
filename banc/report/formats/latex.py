"""A table as LaTeX: a ``table`` environment with booktabs rules that compiles as it stands.

Made for the text width of a plain ``article``: the font shrinks and cells are folded as far as needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from attrs import frozen

from banc.printable import one_line
from banc.report.cells import FilledTable
from banc.report.folding import FOLDS, Fold, folded, heading
from banc.report.formats.tex import escape_latex, needs
from banc.report.wording import NETWORK, Piece, Wording, marks_of, notes, wording

_TEXT_WIDTH = 345  # points, of an article in ten points


@frozen
class _Size:
    command: str
    letter: float
    """Mean width of a letter, in points."""
    gap: int
    """Half the space between columns, in points."""


_SIZES = (_Size("normalsize", 5.2, 6), _Size("small", 4.7, 4), _Size("footnotesize", 4.3, 3))
_LEAST = _Size("scriptsize", 3.8, 3)


def latex(table: FilledTable) -> str:
    """Comments that name what a document needs, then the environment."""
    layout = table.layout
    rows = [
        [
            wording(cell, column.quantity, layout.digits, layout.spread)
            for cell, column in zip(table.row(row.name), layout.columns, strict=True)
        ]
        for row in layout.rows
    ]
    fold, size = _fit(table, rows)
    groups = [_row(row.label, words, fold) for row, words in zip(layout.rows, rows, strict=True)]
    between = [r"\addlinespace"] if any(len(group) > 1 for group in groups) else []
    body = [line for group in groups for line in (*between, *group)][len(between) :]
    title = one_line(layout.title)
    title += "" if not title or title[-1] in ".!?" else "."
    text = [
        r"\begin{table}",
        r"  \centering",
        r"  \setlength{\belowcaptionskip}{6pt}",
        rf"  \caption{{{escape_latex(' '.join((title, *notes(table, best='Bold'))))}}}",
        rf"  \label{{tab:{re.sub('[^A-Za-z0-9-]', '-', layout.spec)}}}",
        rf"  \{size.command}",
        rf"  \setlength{{\tabcolsep}}{{{size.gap}pt}}",
        rf"  \begin{{tabular}}{{@{{}}l{'r' * len(layout.columns)}@{{}}}}",
        *(
            f"    {line}"
            for line in (r"\toprule", *_head(table, rows, fold), r"\midrule", *body, r"\bottomrule")
        ),
        r"  \end{tabular}",
        r"\end{table}",
    ]
    return "\n".join((*needs("\n".join(text)), *text)) + "\n"


def _fit(table: FilledTable, rows: Sequence[Sequence[Wording]]) -> tuple[Fold, _Size]:
    """The least folding and the largest font that keep within the text width."""
    label = max((len(one_line(row.label)) for row in table.layout.rows), default=0)
    for fold in FOLDS:
        widths = [label]
        for column, words in zip(table.layout.columns, zip(*rows, strict=True), strict=True):
            inner = _inner(words, fold)
            widths.append(max(inner, *(len(line) for line in heading(one_line(column.label), inner))))
        for size in _SIZES:
            if sum(widths) * size.letter + 2 * size.gap * len(table.layout.columns) <= _TEXT_WIDTH:
                return fold, size
    return FOLDS[-1], _LEAST


def _inner(column: Sequence[Wording], fold: Fold) -> int:
    """The width of a column's widest line, in letters, its heading apart."""
    lines = [
        [cell.pieces[piece] for piece in line if piece in cell.pieces] for cell in column for line in fold
    ]
    return max((len(" ".join(line)) for line in lines), default=0)


def _head(table: FilledTable, rows: Sequence[Sequence[Wording]], fold: Fold) -> list[str]:
    """As many lines as the longest heading takes; shorter ones stand at the bottom."""
    cells = [[NETWORK]]
    for column, words in zip(table.layout.columns, zip(*rows, strict=True), strict=True):
        cells.append(heading(one_line(column.label), _inner(words, fold)))
    height = max(map(len, cells))
    padded = [[""] * (height - len(lines)) + lines for lines in cells]
    return [_end(map(escape_latex, line)) for line in zip(*padded, strict=True)]


def _row(label: str, words: Sequence[Wording], fold: Fold) -> list[str]:
    first = escape_latex(label)
    if first[:1] in ("*", "["):
        first = "{}" + first  # after the line above, LaTeX would take either as an option
    lines = folded(words, fold)
    return [
        _end(["" if at else first, *(_cell(cell, pieces) for cell in words)])
        for at, pieces in enumerate(lines)
    ]


def _cell(words: Wording, pieces: Sequence[Piece]) -> str:
    texts = {piece: escape_latex(words.pieces[piece]) for piece in pieces if piece in words.pieces}
    if "value" in texts:
        plain = words.pieces["value"]
        mark = marks_of(plain)
        value, after = escape_latex(plain.removesuffix(mark)), escape_latex(mark)
        if words.best:
            value = rf"\textbf{{{value}}}"
        if after and len(texts) == 1:
            after = rf"\rlap{{{after}}}"  # hangs, so that points align
        texts["value"] = value + after
    return " ".join(texts.values())


def _end(cells: Iterable[str]) -> str:
    return f"{' & '.join(cells)} \\\\".lstrip()
