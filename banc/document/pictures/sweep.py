"""A panel of a sweep on axes: errors over the values of a field, a line for each value of the other.

In: a panel, and matplotlib's axes. Out: the axes are drawn on, and the lines of a legend.
"""

from __future__ import annotations

from banc.document.document import SweepPanel
from banc.document.pictures.labels import Axes, Handle, handle, name_ticks
from banc.document.pictures.seeds import dodge, draw_seeds
from banc.document.pictures.style import PAPER, colour, mark


def draw_sweep(axes: Axes, panel: SweepPanel, letters: int) -> list[Handle]:
    """Draws ``panel``. ``letters``: how many fit beside one another, about."""
    handles: list[Handle] = []
    apart = dodge(len(panel.lines))
    for at, line in enumerate(panel.lines):
        shift = apart * (at - (len(panel.lines) - 1) / 2)
        hue, shape = colour(at), mark(at)
        means: list[tuple[float, float]] = []
        for value, run in enumerate(line.runs):
            if run is not None and run.errors:
                mean = draw_seeds(axes, [each.error for each in run.errors], value + shift, hue)
                means.append((value + shift, mean.mean))
        if means:
            places, heights = zip(*means, strict=True)
            axes.plot(places, heights, color=hue, lw=2.0, marker=shape, ms=6, mec=PAPER.light, mew=0.9)
        if line.label:
            handles.append((handle(color=hue, marker=shape, lw=2.0, ms=5), line.label))
    name_ticks(axes, panel.values, letters)
    axes.set_xlabel(panel.field)
    axes.set_ylabel(f"{panel.on} error, %")
    return handles
