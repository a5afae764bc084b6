"""Text from a spec, a file or a person's code, made fit to be shown.

In: any text. Out: the same without what would recolour a terminal, move its cursor or turn the direction of
writing: control characters (escape, NUL, carriage return), and format characters such as the right-to-left
override, U+202E. ``str.isprintable`` is False for all of these.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def printable(text: str, keep: str = "\t") -> str:
    """``text`` with a replacement character for each one that cannot be shown, except those in ``keep``."""
    return "".join(char if char.isprintable() or char in keep else _REPLACEMENT for char in text)


def one_line(text: str) -> str:
    """A label fit for a line of its own: no breaks, no control characters, no white space around."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def cropped(text: str, most: int) -> str:
    """``text``, or so much of its beginning that ``most`` characters stand there with three points."""
    return text if len(text) <= most else text[: most - 3] + "..."


def printable_json(text: str) -> str:
    r"""JSON in which the same characters are written as ``\u`` escapes. Its value stays the same."""
    return "".join(char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1] for char in text)


def counted(parameters: int) -> str:
    """``145.9 M``, ``16.24 M``, ``27.4 k``, ``812``: a tiny network's count stays readable."""
    if parameters >= 99_995_000:
        return f"{parameters / 1e6:.1f} M"
    if parameters >= 999_950:  # below, thousands with one digit do not yet read 1000.0
        return f"{parameters / 1e6:.2f} M"
    return f"{parameters / 1e3:.1f} k" if parameters >= 1000 else str(parameters)


def many(multiply_adds: int) -> str:
    """``5.94 G``, ``36.54 M``, ``27.4 k``."""
    return f"{multiply_adds / 1e9:.2f} G" if multiply_adds >= 999_995_000 else counted(multiply_adds)


def lasted(seconds: float) -> str:
    """How long something took: ``3.9 s``, ``1:23 min`` or ``2:03:04 h``."""
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02} h" if hours else f"{minutes}:{rest:02} min"


def utc(seconds: float) -> str:
    """``2026-01-31T12:00:00Z``, of seconds since 1970; what no calendar has is the first or last time."""
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        moment = datetime.fromtimestamp(0 if seconds < 0 else 253402300799, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
