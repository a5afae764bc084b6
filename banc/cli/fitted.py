"""Lines broken at words, for a terminal that is narrower than they are.

In: lines, and how many columns there are. Out: lines; what goes on stands a little further right than where
its line begins, behind the same rules of a tree. Nothing is cut. A word is never broken: an address or a path
that is longer than the terminal can still be copied.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from typing import TextIO

from banc.cli.terminal import width

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_START = re.compile(r"[ │├└─]*")
_BELOW = str.maketrans("├└─", "│  ")
"""What stands below the rules of a tree."""
_WORD = re.compile(r"(\s*)(\S+)")
_HANGING = "  "


def say(lines: Iterable[str], stream: TextIO | None = None) -> None:
    """Prints lines, on a terminal as wide as that is.

    Into a pipe a line is a line: somebody may search in it.
    """
    stream = stream or sys.stdout
    across = width(stream) if stream.isatty() else None
    print("\n".join(part for line in lines for part in fitted(line, across)), file=stream)


def fitted(line: str, across: int | None) -> Iterator[str]:
    """``line`` in lines of at most ``across`` columns, where words allow that; None: as it is."""
    if across is None or _columns(line) <= across:
        yield line
        return
    start = _START.match(line)[0]  # type: ignore[index]  # it matches nothing, too
    below = start.translate(_BELOW) + _HANGING
    made, empty = start, True
    for space, word in _WORD.findall(line[len(start) :]):
        if not empty and _columns(made + space + word) > across:
            yield made
            made = below + word
        else:
            made += space + word
        empty = False
    yield made


def _columns(text: str) -> int:
    plain = _COLOUR.sub("", text)
    if plain.isascii():
        return len(plain)
    from rich.cells import cell_len

    return cell_len(plain)
