"""The words of a picture: names below its x axis, and the lines of its legend.

In: text. Out: text as matplotlib prints it, and axes with names. Knows no panel.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

Axes = Any
"""``matplotlib.axes.Axes``; matplotlib is not there where no extra was installed."""

Handle = tuple[Any, str]
"""A line of a legend: how it looks, and what it means."""


def name_ticks(axes: Axes, ticks: Sequence[str], letters: int) -> None:
    """Names below the x axis: in lines where their words fit, else turned."""
    across = max(4, int(0.95 * letters / len(ticks)))
    wrapped = [textwrap.fill(short(tick), across, break_long_words=False) for tick in ticks]
    fits = all(len(line) <= across for text in wrapped for line in text.split("\n"))
    axes.set_xticks(range(len(ticks)), wrapped if fits else [short(tick) for tick in ticks])
    axes.set_xlim(-0.5, len(ticks) - 0.5)
    if not fits:
        axes.tick_params(axis="x", rotation=30)
        for label in axes.get_xticklabels():
            label.set_ha("right")
            label.set_rotation_mode("anchor")


def handle(**look: Any) -> Any:
    """How a line of a legend looks; ``look`` as a line of matplotlib takes it."""
    from matplotlib.lines import Line2D

    return Line2D([], [], **{"mec": "none", **look})


def short(text: str, most: int = 24) -> str:
    """``text`` as matplotlib prints it: a dollar begins mathematics, an underscore hides a line."""
    text = text if len(text) <= most else text[: most - 1] + "…"
    return (" " if text.startswith("_") else "") + text.replace("$", r"\$")
