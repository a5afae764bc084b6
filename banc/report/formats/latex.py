"""A table as LaTeX: a ``table`` environment with booktabs rules that compiles as it stands.

Made for the text width of a plain ``article``: the font shrinks and cells are folded as far as needed. If
that is not enough, columns stand in several tabulars, one below the other. A ``PaperForm`` asks for other
forms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from banc.printable import one_line
from banc.report.cells import FilledTable
from banc.report.folding import FOLDS, Fold, folded
from banc.report.formats.fit import Fit, Size, fit
from banc.report.formats.letters import points
from banc.report.formats.paper_form import DEFAULT, PaperForm, caption, label, parted
from banc.report.formats.tex import escape_latex, needs
from banc.report.grid import Grid, Span, grid
from banc.report.wording import AFTER, Piece, Wording

_RAISED = {"*": r"$^{*}$", "†": r"$^{\dagger}$", "‡": r"$^{\ddagger}$"}

_ROOM, _WIDE_ROOM = 345, 487
"""Points: the text of an article in ten points, and of a page with two columns."""

_NEXT_PART = r"\par\medskip\noindent"

_SIZES = (
    Size("normalsize", 1.0, 12),
    Size("small", 0.925, 8),
    Size("footnotesize", 0.85, 6),
    Size("scriptsize", 0.8, 6),
)


def latex(table: FilledTable, form: PaperForm = DEFAULT) -> str:
    """Comments that name what a document needs, then the environment, or the tabular alone."""
    printed = grid(table)
    folds = FOLDS[:1] if form.one_line or form.siunitx else FOLDS
    fitted = fit(printed, folds, _SIZES, _WIDE_ROOM if form.wide else _ROOM, aligned=form.siunitx)
    parts = [_tabular(printed, fitted, columns, form, table.layout.digits) for columns in fitted.parts]
    tabular = [line for part in parts for line in (_NEXT_PART, *part)][1:]
    size = rf"\{fitted.size.name}\setlength{{\tabcolsep}}{{{fitted.size.gap / 2:.0f}pt}}"
    environment = "table*" if form.wide else "table"
    text = [
        rf"\begin{{{environment}}}",
        r"  \centering",
        r"  \setlength{\belowcaptionskip}{6pt}",
        rf"  \caption{{{escape_latex(caption(table))}}}",
        rf"  \label{{{label(table)}}}",
        f"  {size}",
        *(f"  {line}" for line in tabular),
        rf"\end{{{environment}}}",
    ]
    if form.tabular:
        # What the text around it has by itself need not be said.
        plain = fitted.size == _SIZES[0]
        text = tabular if plain else [f"{{{size}%", *tabular[:-1], tabular[-1] + "}"]
    packages = ["booktabs", *(["siunitx"] if form.siunitx else [])]
    return "\n".join((*needs("\n".join(text), packages), *text)) + "\n"


def _tabular(printed: Grid, fitted: Fit, columns: range, form: PaperForm, digits: int) -> list[str]:
    """Some of the columns; as wide as the text, if others stand in a tabular above or below."""
    part = printed.part(columns)
    measured = [form.siunitx and is_measured for is_measured in part.measured]
    kinds = "".join(
        _column(words, digits, is_s=is_s) for (_, words), is_s in zip(part.by_column(), measured, strict=True)
    )
    several = len(fitted.parts) > 1
    name, width, fill = (
        ("tabular*", r"{\linewidth}", r"@{\extracolsep{\fill}}") if several else ("tabular", "", "")
    )
    head = [*_group_head(part.spans), *_head(part, fitted.heads[columns.start : columns.stop], measured)]
    body = _body(part, fitted.fold, measured)
    return [
        rf"\begin{{{name}}}{width}{{@{{}}{fill}l{kinds}@{{}}}}",
        *(f"  {line}" for line in (r"\toprule", *head, r"\midrule", *body, r"\bottomrule")),
        rf"\end{{{name}}}",
    ]


def _column(words: Sequence[Wording], digits: int, *, is_s: bool) -> str:
    """``r``, or siunitx's column with room for the longest number and its uncertainty."""
    if not is_s:
        return "r"
    values = [cell.pieces["value"].rstrip("".join(AFTER)) for cell in words if "value" in cell.pieces]
    numbers = [value for value in values if _is_number(value)]
    spreads = [cell.pieces["spread"].removeprefix("± ") for cell in words if "spread" in cell.pieces]
    size = _room(numbers, digits) + (rf" \pm {_room(spreads, digits)}" if spreads else "")
    behind = max(map(_behind, words), key=points, default="")
    return f"S[table-format={size}{f', table-space-text-post={{{behind}}}' if behind else ''}]"


def _room(numbers: Sequence[str], digits: int) -> str:
    """Digits before and after the point."""
    whole = max((len(number.partition(".")[0]) for number in numbers), default=1)
    places = max((len(number.partition(".")[2]) for number in numbers), default=digits)
    return f"{whole}.{places}"


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


def _head(printed: Grid, heads: Sequence[Sequence[str]], measured: Sequence[bool]) -> list[str]:
    """As many lines as the longest label takes; shorter ones stand at the bottom."""
    cells = [[printed.corner], *map(list, heads)]
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
    of: str, words: Sequence[Wording], fold: Fold, measured: Sequence[bool], indent: str = ""
) -> list[str]:
    first = indent + escape_latex(of)
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
    value, _ = _parted(words)
    behind = _behind(words)
    if not _is_number(value):
        return f"{{{escape_latex(value)}{behind}}}"
    spread = rf" \pm {words.pieces['spread'].removeprefix('± ')}" if "spread" in words.pieces else ""
    bold, plain = (r"\bfseries ", r"\mdseries{}") if words.best else ("", "")
    return bold + value + spread + (f" {{{plain}{behind}}}" if behind else "")


def _behind(words: Wording) -> str:
    """The marks of a number, and what stands behind its spread."""
    _, marks = _parted(words)
    rest = [words.pieces[piece] for piece in ("progress", "published") if piece in words.pieces]
    return marks + "".join(f" {escape_latex(text)}" for text in rest)


def _parted(words: Wording) -> tuple[str, str]:
    """The number, and its marks as LaTeX."""
    value, marks = parted(words)
    return value, "".join(_RAISED[mark] for mark in marks)


def _end(cells: Iterable[str]) -> str:
    return f"{' & '.join(cells)} \\\\".lstrip()
