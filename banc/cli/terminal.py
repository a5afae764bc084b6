"""What the terminal can show."""

from __future__ import annotations

import os
import shutil
from typing import TextIO


def wants_color(stream: TextIO) -> bool:
    """Whether ``stream`` is a terminal and nobody asked for none (https://no-color.org)."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and stream.isatty()


def wants_screen(stream: TextIO) -> bool:
    """Whether ``stream`` is a terminal on which one picture can replace another. In CI none is."""
    return stream.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("CI")


def silence(stream: TextIO) -> None:
    """Has ``stream`` lead nowhere, since what it led to is gone: otherwise each further word is an error."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def width(stream: TextIO) -> int:
    """Columns of the terminal; for a pipe or a file what ``COLUMNS`` says, or 100."""
    if stream.isatty():
        return shutil.get_terminal_size((100, 24)).columns
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdecimal() and 0 < int(columns) < 10_000 else 100
