"""Ours beside published numbers on axes: a line for each cell of which both are known.

In: pairs of numbers, and matplotlib's axes. Out: the axes are drawn on, and the lines of a legend.
"""

from __future__ import annotations

from collections.abc import Sequence

from banc.document.document import Published
from banc.document.pictures.labels import Axes, Handle, handle, short
from banc.document.pictures.style import FAINT, INK, PAPER, colour


def draw_published(axes: Axes, pairs: Sequence[Published]) -> list[Handle]:
    """Draws ``pairs``, the first at the top."""
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    places = range(len(pairs))
    for at, pair in zip(places, pairs, strict=True):
        axes.plot([pair.ours.mean, pair.published], [at, at], color=FAINT.light, lw=0.8)
        if pair.ours.half is not None:
            ends = [pair.ours.mean - pair.ours.half, pair.ours.mean + pair.ours.half]
            axes.plot(ends, [at, at], color=colour(1), lw=2.6)
        if pair.deviation is not None:
            ends = [pair.published - pair.deviation, pair.published + pair.deviation]
            axes.plot(ends, [at + 0.18] * 2, color=INK.light, lw=0.8)
        axes.plot([pair.published] * 2, [at - 0.28, at + 0.28], color=INK.light, lw=1.6)
        axes.plot([pair.ours.mean], [at], ls="", marker="o", ms=6, color=colour(1), mec=PAPER.light, mew=0.9)
    axes.set_xlim(left=max(0.0, axes.get_xlim()[0]))
    axes.set_yticks(places, [short(pair.label, 40) for pair in pairs])
    axes.set_ylim(len(pairs) - 0.5, -0.5)
    axes.set_xlabel("error, %")
    spread = (handle(color=INK.light, lw=0.8), "published ±")
    return [
        (handle(color=colour(1), marker="o", ls="", ms=5), "ours"),
        (handle(color=INK.light, marker="|", ls="", ms=9, mec=INK.light, mew=1.6), "published"),
        *([spread] if any(pair.deviation is not None for pair in pairs) else []),
    ]
