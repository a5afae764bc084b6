"""A panel of generations on axes: errors of runs, lines from teachers to students, published numbers.

In: a panel, and matplotlib's axes. Out: the axes are drawn on, and the lines of a legend.
"""

from __future__ import annotations

from collections.abc import Sequence

from banc.document.document import GenerationPanel, Mark
from banc.document.interval import interval
from banc.document.pictures.labels import Axes, Handle, handle, name_ticks, short
from banc.document.pictures.seeds import dodge, draw_seeds
from banc.document.pictures.style import FAINT, INK, PAPER, colour, mark

_BEYOND = 0.4
"""So far an interval may reach beyond all numbers, as a part of the distance between them."""


def draw_generations(axes: Axes, panel: GenerationPanel, letters: int) -> list[Handle]:
    """Draws ``panel``. ``letters``: how many fit beside one another, about."""
    chains = len(panel.chains)
    # Where lines go on from one place, that is where they meet.
    places = [
        mark.tick + (0.0 if mark.before is None else dodge(chains) * (mark.chain - (chains - 1) / 2))
        for mark in panel.marks
    ]
    for at, one in enumerate(panel.marks):
        if one.before is not None:
            _seed_lines(axes, panel.marks[one.before], one, places[one.before], places[at])
    for at, one in enumerate(panel.marks):
        _mark(axes, one, places[at])
    last = sum(one.run.kind != "ensemble" for one in panel.marks)
    if last < len(panel.marks):
        axes.axvline(
            min(one.tick for one in panel.marks[last:]) - 0.5, color=FAINT.light, lw=0.5, ls=(0, (1, 3))
        )
    name_ticks(axes, panel.ticks, letters)
    axes.set_ylim(*_range(panel.marks))
    axes.set_ylabel(f"{panel.on} error, %")
    return _handles(panel)


def _range(marks: Sequence[Mark]) -> tuple[float, float]:
    """From below the lowest number to above the highest; intervals of few seeds do not flatten all else."""
    runs = [one.run for one in marks]
    seen = [each.error for run in runs for each in run.errors]
    seen += [run.published for run in runs if run.published is not None]
    low, high = min(seen), max(seen)
    margin = 0.06 * (high - low) or 0.5
    most = _BEYOND * (high - low)
    for run in runs:
        found = interval([each.error for each in run.errors]) if run.errors else None
        if found is not None and found.half is not None:
            low = min(low, max(found.mean - found.half, min(seen) - most))
            high = max(high, min(found.mean + found.half, max(seen) + most))
    return max(0.0, low - margin), high + margin


def _colour_of(one: Mark) -> int:
    """Lines by number; where they begin, the colour of what had no teacher."""
    return 0 if one.before is None and one.run.kind != "ensemble" else 1 + one.chain


def _seed_lines(axes: Axes, before: Mark, after: Mark, start: float, end: float) -> None:
    first = {each.seed: each.error for each in before.run.errors}
    hue = colour(_colour_of(after))
    for each in after.run.errors:
        if each.seed in first:
            axes.plot([start, end], [first[each.seed], each.error], color=hue, lw=0.6, alpha=0.35)
    if before.run.errors and after.run.errors:
        means = [interval([each.error for each in one.run.errors]).mean for one in (before, after)]
        axes.plot([start, end], means, color=hue, lw=2.0)


def _mark(axes: Axes, one: Mark, place: float) -> None:
    ensemble = one.run.kind == "ensemble"
    hue = INK.light if ensemble else colour(_colour_of(one))
    if one.run.published is not None:
        axes.plot(
            [place - 0.22, place + 0.22], [one.run.published] * 2, color=INK.light, lw=1.2, ls=(0, (3, 1.5))
        )
    errors = [each.error for each in one.run.errors]
    if not errors:
        return
    mean = draw_seeds(axes, errors, place, hue, zorder=3)
    shape = "D" if ensemble else mark(_colour_of(one))
    axes.plot([place], [mean.mean], ls="", marker=shape, ms=6, color=hue, mec=PAPER.light, mew=0.9, zorder=4)


def _handles(panel: GenerationPanel) -> list[Handle]:
    handles: list[Handle] = []
    if len(panel.chains) > 1:
        for at, name in enumerate(panel.chains):
            handles.append((handle(color=colour(1 + at), marker=mark(1 + at), lw=2.0, ms=5), short(name)))
    if any(one.run.kind == "ensemble" for one in panel.marks):
        handles.append((handle(color=INK.light, marker="D", ls="", ms=5), "ensemble"))
    if any(one.run.published is not None for one in panel.marks):
        handles.append((handle(color=INK.light, lw=1.2, ls=(0, (3, 1.5))), "published"))
    return handles
