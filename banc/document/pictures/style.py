"""How pictures look: colours that the colour-blind can tell apart, on light and on dark, and sizes of type.

Lines have those of ``banc.palette``. No meaning hangs on colour alone: lines have marks of their own, too.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from banc.errors import BancError
from banc.palette import LINES, Colour, place

INK = Colour("--ink", "#1b1f24", "#e6e8eb")
FAINT = Colour("--faint", "#6a7079", "#9aa2ad")
GRID = Colour("--grid", "#e3e5e8", "#33383f")
PAPER = Colour("--paper", "#fffffe", "#14171a")
COLOURS = (INK, FAINT, GRID, PAPER, *LINES)

MARKS = ("o", "s", "^", "v", "P", "X", "<", ">")
"""The shape that goes with each of ``LINES``."""

_RC: Mapping[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "text.color": INK.light,
    "axes.labelcolor": INK.light,
    "axes.edgecolor": FAINT.light,
    "axes.facecolor": "none",
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": GRID.light,
    "grid.linewidth": 0.7,
    "xtick.color": FAINT.light,
    "ytick.color": FAINT.light,
    "xtick.labelcolor": INK.light,
    "ytick.labelcolor": INK.light,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "legend.borderaxespad": 0.2,
    "legend.columnspacing": 1.2,
    "lines.solid_capstyle": "round",
    # The same bytes each time.
    "svg.hashsalt": "banc",
    # TrueType, as conferences ask for; matplotlib's own choice is Type 3.
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    "path.simplify": True,
}


def colour(generation: int) -> str:
    """Of a generation, or of any other count from 0."""
    return LINES[place(generation)].light


def mark(generation: int) -> str:
    """The shape that goes with ``colour``."""
    return MARKS[place(generation)]


@contextmanager
def settings(size: float, **more: Any) -> Iterator[None]:
    """Makes matplotlib draw as above within the block. ``size``: of type, in points.

    Raises:
        BancError: matplotlib is not installed.
    """
    sizes = {
        "font.size": size,
        "axes.titlesize": size + 0.5,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.labelsize": size,
        "xtick.labelsize": size - 0.5,
        "ytick.labelsize": size - 0.5,
        "legend.fontsize": size - 0.5,
    }
    with matplotlib().rc_context({**_RC, **sizes, **more}), warnings.catch_warnings():
        # A browser has other fonts, too; on paper such a letter is a box, which one sees.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def matplotlib() -> ModuleType:
    """The library.

    Raises:
        BancError: it is not installed.
    """
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise BancError(
            "pictures need matplotlib, which is not installed",
            hint="`pip install 'banc[plots]'`; tables need no pictures: "
            "`banc report --format markdown`, `latex`, `csv` or `json`",
        ) from error
    return mpl
