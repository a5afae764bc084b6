"""What the terminal can show."""

from __future__ import annotations

import os
import shutil
from typing import TextIO


def wants_color(stream: TextIO) -> bool:
    """Whether ``stream`` is a terminal and nobody asked for none (https://no-color.org)."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and stream.isatty()


def width(stream: TextIO) -> int:
    """Columns of the terminal; 100 where there is none, so that a pipe gets the same text everywhere."""
    return shutil.get_terminal_size((100, 24)).columns if stream.isatty() else 100
