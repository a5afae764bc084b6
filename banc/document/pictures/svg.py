"""Panels -> SVG: for a page, whose style sheet says the colours, or as a file that says them itself.

In: a panel. Out: text. Letters stay letters, so that a picture is small and can be searched; colours are
variables with a fallback, so that one picture fits light and dark.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from banc.document.pictures.draw import Panel, draw
from banc.document.pictures.slim import slim
from banc.document.pictures.style import settings

WIDTH, HEIGHT = 4.7, 3.2
"""Of a panel on a page, in inches at 72 points."""

_TYPE = 10.0
_ROW = 0.27
"""Height of a line of ours against published."""


def page_svg(panel: Panel, title: str, key: str) -> str:
    """An ``svg`` element for a page.

    Args:
        title: what it shows, for those who do not see it.
        key: another one for each picture of a page.
    """
    tall = 1.2 + _ROW * len(panel) if isinstance(panel, tuple) else HEIGHT
    wide = 1.5 * WIDTH if isinstance(panel, tuple) else WIDTH
    return _svg([panel], wide, tall, 1, title, key, alone=False)


def web_svg(panels: Sequence[Panel], title: str) -> str:
    """A file that shows ``panels``, two beside one another, on light and on dark."""
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    return _svg(panels, WIDTH * columns, HEIGHT * rows, columns, title, "i", alone=True)


def figure_of(panels: Sequence[Panel], width: float, height: float, columns: int, size: float) -> Any:
    """A figure of so many inches, with all of ``panels``. ``size``: of type, in points."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    rows = -(-len(panels) // columns)
    # A letter is about half as wide as high, and some of the width goes to the axis.
    letters = int(0.85 * 72 * width / columns / (0.52 * size))
    places = figure.subplots(rows, columns, squeeze=False).flat
    for axes, panel in zip(places, [*panels, *[None] * (rows * columns - len(panels))], strict=True):
        if panel is None:
            axes.set_axis_off()
        else:
            draw(axes, panel, letters)
    return figure


def _svg(
    panels: Sequence[Panel],
    width: float,
    height: float,
    columns: int,
    title: str,
    key: str,
    *,
    alone: bool,
) -> str:
    text = io.StringIO()
    with settings(_TYPE, **{"svg.fonttype": "none"}):
        figure = figure_of(panels, width, height, columns, _TYPE)
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return slim(text.getvalue(), title, key, alone=alone)
