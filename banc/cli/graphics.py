"""Numbers as a line of characters: bars and curves, for terminals that can show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

_LEVELS = "▁▂▃▄▅▆▇█"
_FULL, _EMPTY = "█", "░"


def shows_blocks(stream: TextIO) -> bool:
    """Whether the encoding of ``stream`` has the characters of bars and curves."""
    try:
        (_LEVELS + _EMPTY).encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def bar(done: int, total: int, width: int, *, blocks: bool) -> str:
    """How much of ``total`` is done, in ``width`` characters; full only if everything is."""
    full = width if done >= total else width * done // total
    return (_FULL if blocks else "#") * full + (_EMPTY if blocks else ".") * (width - full)


def sparkline(values: Sequence[float], width: int) -> str:
    """The last of ``values`` and what led to it, in at most ``width`` characters, lowest to highest."""
    if not values:
        return ""
    last = len(values) - 1
    if last >= width:
        values = [values[round(n * last / (width - 1))] for n in range(width)]
    low, high = min(values), max(values)
    step = (high - low) / (len(_LEVELS) - 1) or 1.0
    return "".join(_LEVELS[round((value - low) / step)] for value in values)
