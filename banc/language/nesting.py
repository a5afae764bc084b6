"""How deeply a TOML text nests, before anything reads it.

Readers of TOML go down by recursion, or take time with the square of a dotted key's length. So depth is
measured first, by brackets and dots alone, in one pass over the text.
"""

from __future__ import annotations

import re

from banc.language.positions import Span

DEEPEST = 100
"""Levels of tables, arrays and dotted keys. The language itself needs seven."""

# A string or comment that is not closed ends with the text, so that nothing is looked at twice.
_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?(?:"""|\Z)'
    r"|'''.*?(?:'''|\Z)"
    r'|"(?:\\.|[^"\\\n])*"?'
    r"|'[^'\n]*'?"
    r"|#[^\n]*"
    r"|(?P<sign>[\[\]{},.\n])",
    re.DOTALL,
)


def too_deep(text: str) -> Span | None:
    """Where ``text`` first nests more than ``DEEPEST`` levels, or None."""
    outer: list[tuple[int, int]] = []
    # Levels around this item, and dots in its key. A fraction's dot counts too; that does no harm.
    around = dots = 0
    for token in _TOKEN.finditer(text):
        match token["sign"]:
            case "[" | "{":
                outer.append((around, dots))
                around, dots = around + dots + 1, 0
            case "]" | "}":
                around, dots = outer.pop() if outer else (0, 0)
            case ".":
                dots += 1
            case "," | "\n":
                dots = 0
            case _:
                continue
        if around + dots > DEEPEST:
            start = text.rfind("\n", 0, token.start()) + 1
            column = token.start() - start + 1
            return Span(text.count("\n", 0, start) + 1, column, column + 1)
    return None
