"""The errors of a run's seeds at one place of an x axis.

In: errors, a place and a colour. Out: marks on matplotlib's axes. Knows no panel.
"""

from __future__ import annotations

from collections.abc import Sequence

from banc.document.document import Interval
from banc.document.interval import interval
from banc.document.pictures.labels import Axes

_DODGE = 0.16
"""Between two lines at one place of the x axis, at most."""
_WIDEST = 0.6
"""From the first of them to the last, at most."""


def dodge(lines: int) -> float:
    """Between two of so many lines at one place of the x axis, in the places' unit."""
    return min(_DODGE, _WIDEST / max(1, lines - 1))


def draw_seeds(axes: Axes, errors: Sequence[float], place: float, hue: str, zorder: float = 2.0) -> Interval:
    """Draws a point for each seed, and the interval of their mean, which it returns."""
    axes.plot(
        [place] * len(errors),
        errors,
        ls="",
        marker="o",
        ms=3.2,
        mec="none",
        color=hue,
        alpha=0.7,
        zorder=zorder,
    )
    mean = interval(errors)
    if mean.half is not None:
        axes.plot([place] * 2, [mean.mean - mean.half, mean.mean + mean.half], color=hue, lw=5, alpha=0.25)
    return mean
