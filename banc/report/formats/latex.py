"""A table as LaTeX: a ``table`` environment with booktabs rules that compiles as it stands.

Made for the text width of a plain ``article``: the font shrinks and cells are folded as far as needed. A
``LatexForm`` asks for other forms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from attrs import frozen

from banc.printable import one_line
from banc.report.cells import FilledTable
from banc.report.comparison_notes import TIED
from banc.report.folding import FOLDS, Fold, folded, heading
from banc.report.formats.latex_form import DEFAULT, LatexForm
from banc.report.formats.tex import escape_latex, needs
from banc.report.grid import Grid, Span, grid
from banc.report.wording import (
    AFTER,
    DIFFERS,
    ELSEWHERE,
    Piece,
    Wording,
    marks_of,
    notes,
)

_MARKS = {DIFFERS: r"$^{*}$", ELSEWHERE: r"$^{\dagger}$", TIED: r"$^{\ddagger}$"}
"""Marks behind numbers are raised, as papers print them."""

_PLAIN = str.maketrans({TIED: "‡"})
"""In notes, the same marks."""


@frozen
class _Size:
    command: str
    letter: float
    """Mean width of a letter, in points."""
    gap: int
    """Half the space between columns, in points."""


_SIZES = (_Size("normalsize", 5.2, 6), _Size("small", 4.7, 4), _Size("footnotesize", 4.3, 3))
_LEAST = _Size("scriptsize", 3.8, 3)


def latex(table: FilledTable, form: LatexForm = DEFAULT) -> str:
    """Comments that name what a document needs, then the environment, or the tabular alone."""
    layout = table.layout
    printed = grid(table)
    fold, size = _fit(printed, form)
    measured = [form.siunitx and is_measured for is_measured in printed.measured]
    title = one_line(layout.title)
    title += "" if not title or title[-1] in ".!?" else "."
    notes_text = " ".join((title, *notes(table, best="Bold"))).translate(_PLAIN)
    head = [*_group_head(printed.spans), *_head(printed, fold, measured)]
    columns = "".join(
        _column(words, layout.digits, is_s)
        for (_, words), is_s in zip(printed.by_column(), measured, strict=True)
    )
    tabular = [
        rf"\begin{{tabular}}{{@{{}}l{columns}@{{}}}}",
        *(
            f"  {line}"
            for line in (r"\toprule", *head, r"\midrule", *_body(printed, fold, measured), r"\bottomrule")
        ),
        r"\end{tabular}",
    ]
    environment = "table*" if form.wide else "table"
    text = [
        rf"\begin{{{environment}}}",
        r"  \centering",
        r"  \setlength{\belowcaptionskip}{6pt}",
        rf"  \caption{{{escape_latex(notes_text)}}}",
        rf"  \label{{tab:{re.sub('[^A-Za-z0-9-]', '-', layout.spec)}}}",
        rf"  \{size.command}",
        rf"  \setlength{{\tabcolsep}}{{{size.gap}pt}}",
        *(f"  {line}" for line in tabular),
        rf"\end{{{environment}}}",
    ]
    if form.tabular:
        text = tabular
    packages = ["booktabs", *(["siunitx"] if form.siunitx else [])]
    return "\n".join((*needs("\n".join(text), packages), *text)) + "\n"


def _column(words: Sequence[Wording], digits: int, is_s: bool) -> str:
    """``r``, or siunitx's column with room for the longest number and its uncertainty."""
    if not is_s:
        return "r"
    values = [cell.pieces["value"].rstrip("".join(AFTER)) for cell in words if "value" in cell.pieces]
    numbers = [value for value in values if _is_number(value)]
    whole = max((len(value.partition(".")[0]) for value in numbers), default=1)
    places = max((len(value.partition(".")[2]) for value in numbers), default=digits)
    spread = any("spread" in cell.pieces for cell in words)
    size = f"{whole}.{places}" + (rf" \pm {whole}.{places}" if spread else "")
    return f"S[table-format={size}]"


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None


def _group_head(spans: Sequence[Span]) -> list[str]:
    """The line above the labels of columns, and a rule below each heading; nothing without headings."""
    if not spans:
        return []
    cells, rules, place = [""], [], 2
    last = 1 + sum(span.size for span in spans)
    for span in spans:
        if span.heading:
            edge = "@{}" if place + span.size > last else ""
            cells.append(rf"\multicolumn{{{span.size}}}{{c{edge}}}{{{escape_latex(one_line(span.heading))}}}")
            rules.append(rf"\cmidrule(lr){{{place}-{place + span.size - 1}}}")
        else:
            cells += [""] * span.size
        place += span.size
    return [_end(cells), " ".join(rules)]


def _body(printed: Grid, fold: Fold, measured: Sequence[bool]) -> list[str]:
    """The rows; where some take several lines, with space between them, and with it above each heading."""
    body: list[str] = []
    tall = any(len(folded(line.cells, fold)) > 1 for line in printed.lines)
    for above, lines in printed.by_section():
        if body and printed.sections:
            body.append(r"\addlinespace")
        if above:
            text = escape_latex(one_line(above))
            body.append(rf"\multicolumn{{{1 + len(printed.columns)}}}{{@{{}}l}}{{\textit{{{text}}}}} \\")
        for at, line in enumerate(lines):
            if tall and at:
                body.append(r"\addlinespace")
            indent = r"\quad " if above else ""
            body += _row(line.label, line.cells, fold, measured, indent)
    return body


def _fit(printed: Grid, form: LatexForm) -> tuple[Fold, _Size]:
    """The least folding and the largest font that keep within the text width."""
    folds = FOLDS[:1] if form.one_line or form.siunitx else FOLDS
    label = max((len(one_line(line.label)) for line in printed.lines), default=0)
    for fold in folds:
        widths = [label]
        for column, words in printed.by_column():
            inner = _inner(words, fold)
            widths.append(max(inner, *(len(line) for line in heading(one_line(column), inner))))
        for size in _SIZES:
            if sum(widths) * size.letter + 2 * size.gap * len(printed.columns) <= form.text_width:
                return fold, size
    return folds[-1], _LEAST


def _inner(column: Sequence[Wording], fold: Fold) -> int:
    """The width of a column's widest line, in letters, its heading apart."""
    lines = [
        [cell.pieces[piece] for piece in line if piece in cell.pieces] for cell in column for line in fold
    ]
    return max((len(" ".join(line)) for line in lines), default=0)


def _head(printed: Grid, fold: Fold, measured: Sequence[bool]) -> list[str]:
    """As many lines as the longest heading takes; shorter ones stand at the bottom."""
    cells = [[printed.corner]]
    for column, words in printed.by_column():
        cells.append(heading(one_line(column), _inner(words, fold)))
    height = max(map(len, cells))
    padded = [[""] * (height - len(lines)) + lines for lines in cells]
    braced = (False, *measured)
    return [
        _end(
            f"{{{escape_latex(text)}}}" if brace and text else escape_latex(text)
            for text, brace in zip(line, braced, strict=True)
        )
        for line in zip(*padded, strict=True)
    ]


def _row(
    label: str, words: Sequence[Wording], fold: Fold, measured: Sequence[bool], indent: str = ""
) -> list[str]:
    first = indent + escape_latex(label)
    if first[:1] in ("*", "["):
        first = "{}" + first  # after the line above, LaTeX would take either as an option
    lines = folded(words, fold)
    return [
        _end(
            [
                "" if at else first,
                *(
                    _number(cell) if is_s else _cell(cell, pieces)
                    for cell, is_s in zip(words, measured, strict=True)
                ),
            ]
        )
        for at, pieces in enumerate(lines)
    ]


def _cell(words: Wording, pieces: Sequence[Piece]) -> str:
    texts = {piece: escape_latex(words.pieces[piece]) for piece in pieces if piece in words.pieces}
    if "value" in texts:
        value, after = _parted(words)
        value = escape_latex(value)
        if words.best:
            value = rf"\textbf{{{value}}}"
        if after and len(texts) == 1:
            after = rf"\rlap{{{after}}}"  # hangs, so that points align
        texts["value"] = value + after
    return " ".join(texts.values())


def _number(words: Wording) -> str:
    """A cell of an ``S`` column: a number with its uncertainty, and what else there is as text behind it."""
    value, after = _parted(words)
    rest = [words.pieces[piece] for piece in ("progress", "published") if piece in words.pieces]
    behind = after + "".join(f" {escape_latex(text)}" for text in rest)
    if not _is_number(value):
        return f"{{{escape_latex(value)}{behind}}}"
    spread = rf" \pm {words.pieces['spread'].removeprefix('± ')}" if "spread" in words.pieces else ""
    return (r"\bfseries " if words.best else "") + value + spread + (f" {{{behind}}}" if behind else "")


def _parted(words: Wording) -> tuple[str, str]:
    """The number, and its marks as LaTeX."""
    plain = words.pieces["value"]
    marks = marks_of(plain)
    return plain.removesuffix(marks), "".join(_MARKS[mark] for mark in marks)


def _end(cells: Iterable[str]) -> str:
    return f"{' & '.join(cells)} \\\\".lstrip()
