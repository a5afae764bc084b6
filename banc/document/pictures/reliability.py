"""A panel of reliability on axes: how often a network is right, over how sure it is.

In: a panel, and matplotlib's axes. Out: the axes are drawn on, and the lines of a legend that has no place in
them.
"""

from __future__ import annotations

from banc.document.document import ReliabilityPanel
from banc.document.pictures.labels import Axes, Handle, handle, short
from banc.document.pictures.style import FAINT, PAPER, colour, mark

_INSIDE = 6
"""Lines that a legend in a corner of the axes has, at most."""


def draw_reliability(axes: Axes, panel: ReliabilityPanel) -> list[Handle]:
    """Draws ``panel``."""
    axes.plot([0, 100], [0, 100], color=FAINT.light, lw=0.8, ls=(0, (4, 3)))
    handles = []
    for at, line in enumerate(panel.lines):
        hue, shape = colour(at), "D" if line.kind == "ensemble" else mark(at)
        sure, right = ([100 * value for value in values] for values in (line.confidence, line.accuracy))
        axes.plot(sure, right, color=hue, lw=1.4, marker=shape, ms=4, mec=PAPER.light, mew=0.5)
        look = handle(color=hue, lw=1.4, marker=shape, ms=4)
        handles.append((look, f"{short(line.label)}, {line.ece:.1f} %"))
    least = min(value for line in panel.lines for value in (*line.confidence, *line.accuracy))
    axes.set_xlim(100 * min(least, 0.9), 101)
    axes.set_ylim(100 * min(least, 0.9), 101)
    axes.set_xlabel("confidence, %")
    axes.set_ylabel("accuracy, %")
    if len(handles) > _INSIDE:
        return [(look, f"{text} ECE") for look, text in handles]
    # Who is surer than right is below the diagonal, and hardly far below.
    looks, texts = zip(*handles, strict=True)
    axes.legend(
        looks,
        texts,
        loc="lower right",
        title="ECE",
        alignment="left",
        labelspacing=0.25,
        frameon=True,
        facecolor=PAPER.light,
        edgecolor="none",
        framealpha=0.75,
    )
    return []
