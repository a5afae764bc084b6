"""A table as GitHub shows it, aligned so that it can be read before it is rendered, too."""

from __future__ import annotations

import re
from collections.abc import Sequence

from banc.printable import one_line
from banc.report.cells import FilledTable
from banc.report.grid import Span, grid
from banc.report.wording import Wording, notes

_SPECIAL = re.compile(r"([\\`*_\[\]<>&|~$#])")

_LINKED = re.compile(
    r"""@(?=\S)                      # a mention, an e-mail address, `owner/repository@commit`
    | [#!$&](?=\d) | [~%](?=["\w])  # issues, and GitLab's merge requests, snippets, epics, labels, milestones
    | \bGH-(?=\d)                  # an issue
    | :(?=//|[\w+-]+:)             # a URL; an emoji by its name
    | \bwww(?=\.)                  # a URL
    | \b[0-9a-f]{7,64}\b           # a commit""",
    re.VERBOSE | re.IGNORECASE,
)
"""How that begins which a forge makes a link, a mention or a picture of; a commit as a whole."""

_SPACE = "\u200b"
"""The zero-width space. A forge looks for links in the text that is left when Markdown is read: there a
backslash or an entity before `@` is gone, and somebody is told that he was mentioned. A character between the
sign and the name remains, and nobody sees it. Written as an entity, so that the source shows it."""


def markdown(table: FilledTable) -> str:
    """Title, table and notes, one paragraph each."""
    layout = table.layout
    printed = grid(table)
    head = [printed.corner, *_labels(printed.columns, printed.spans)]
    labels = _labels([line.label for line in printed.lines], printed.sections)
    lines = [
        head,
        *([label, *map(_cell, line.cells)] for label, line in zip(labels, printed.lines, strict=True)),
    ]
    widths = [max(3, *(len(line[at]) for line in lines)) for at in range(len(head))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    title = escape_markdown(layout.title)
    paragraphs = [
        f"**{title}**" if title else "",
        "\n".join(_line(line, widths) for line in (lines[0], rule, *lines[1:])),
        " ".join(escape_markdown(note) for note in notes(table, best="Bold")),
    ]
    return "\n\n".join(filter(None, paragraphs)) + "\n"


def _labels(labels: Sequence[str], spans: Sequence[Span]) -> list[str]:
    """Each label, after its heading: Markdown has no cell that spans several."""
    headings = [span.heading for span in spans for _ in range(span.size)] or [""] * len(labels)
    return [
        escape_markdown(f"{heading}: {label}" if heading else label)
        for heading, label in zip(headings, labels, strict=True)
    ]


def escape_markdown(text: str) -> str:
    """``text`` so that GitHub and GitLab show exactly it, in a cell or elsewhere, and link nothing."""
    plain = one_line(text)  # which leaves no zero-width space
    return _SPECIAL.sub(r"\\\1", _unlinked(plain)).replace(_SPACE, "&#8203;")


def _unlinked(text: str) -> str:
    """``text`` with a zero-width space after each sign; a commit is one no more after six digits."""

    def parted(sign: re.Match[str]) -> str:
        first, rest = sign[0][:6], sign[0][6:]
        return first + _SPACE + (_unlinked(rest) if len(rest) >= 7 else rest)

    return _LINKED.sub(parted, text)


def _cell(words: Wording) -> str:
    texts = {piece: escape_markdown(text) for piece, text in words.pieces.items()}
    if words.best:
        texts["value"] = f"**{texts['value']}**"
    return " ".join(texts.values())


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first = cells[0].ljust(widths[0])
    rest = (cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True))
    return f"| {' | '.join((first, *rest))} |"
