"""Panels -> axes: each kind of picture, drawn once for page and paper.

In: a panel, and matplotlib's axes in the settings of ``style``. Out: the axes are drawn on. Knows no size and
no file.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from banc.document.document import (
    Curve,
    CurvePanel,
    GenerationPanel,
    Mark,
    Published,
    ReliabilityPanel,
    SweepPanel,
)
from banc.document.interval import interval
from banc.document.pictures.style import FAINT, INK, PAPER, colour, mark

Axes = Any
"""``matplotlib.axes.Axes``; matplotlib is not there where no extra was installed."""

Handle = tuple[Any, str]
"""A line of a legend: how it looks, and what it means."""

Panel = GenerationPanel | SweepPanel | CurvePanel | ReliabilityPanel | tuple[Published, ...]

_CUT = 5
"""Curves are cut where they are so many times as high as the highest test error."""

_INSIDE = 6
"""Lines that a legend in a corner of the axes has, at most."""

_BEYOND = 0.4
"""So far an interval may reach beyond all numbers, as a part of the distance between them."""

_DODGE = 0.16
"""Between two lines at one place of the x axis, at most."""
_WIDEST = 0.6
"""From the first of them to the last, at most."""


def draw(axes: Axes, panel: Panel, letters: int) -> None:
    """Draws ``panel`` on ``axes``. ``letters``: how many fit beside one another, about."""
    match panel:
        case GenerationPanel():
            handles = _generations(axes, panel, letters)
            title = panel.network
        case SweepPanel():
            handles = _sweep(axes, panel, letters)
            # A network can have several, of the same fields.
            title = f"{panel.network}, {panel.sweep}"
        case CurvePanel():
            handles = _curves(axes, panel)
            title = panel.network
        case ReliabilityPanel():
            handles = _reliability(axes, panel)
            title = panel.network
        case tuple():
            handles = _published(axes, panel)
            title = ""
    _head(axes, title, handles, letters)


def _generations(axes: Axes, panel: GenerationPanel, letters: int) -> list[Handle]:
    chains = len(panel.chains)
    dodge = min(_DODGE, _WIDEST / max(1, chains - 1))
    # Where lines go on from one place, that is where they meet.
    places = [
        mark.tick + (0.0 if mark.before is None else dodge * (mark.chain - (chains - 1) / 2))
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
    _ticks(axes, panel.ticks, letters)
    axes.set_ylim(*_range(panel.marks))
    axes.set_ylabel(f"{panel.on} error, %")
    return _generation_handles(panel)


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


def _ticks(axes: Axes, ticks: Sequence[str], letters: int) -> None:
    """Names below the x axis: in lines where their words fit, else turned."""
    across = max(4, int(0.95 * letters / len(ticks)))
    wrapped = [textwrap.fill(_short(tick), across, break_long_words=False) for tick in ticks]
    fits = all(len(line) <= across for text in wrapped for line in text.split("\n"))
    axes.set_xticks(range(len(ticks)), wrapped if fits else [_short(tick) for tick in ticks])
    axes.set_xlim(-0.5, len(ticks) - 0.5)
    if not fits:
        axes.tick_params(axis="x", rotation=30)
        for label in axes.get_xticklabels():
            label.set_ha("right")
            label.set_rotation_mode("anchor")


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
    axes.plot(
        [place] * len(errors), errors, ls="", marker="o", ms=3.2, mec="none", color=hue, alpha=0.7, zorder=3
    )
    mean = interval(errors)
    if mean.half is not None:
        axes.plot([place] * 2, [mean.mean - mean.half, mean.mean + mean.half], color=hue, lw=5, alpha=0.25)
    shape = "D" if ensemble else mark(_colour_of(one))
    axes.plot([place], [mean.mean], ls="", marker=shape, ms=6, color=hue, mec=PAPER.light, mew=0.9, zorder=4)


def _generation_handles(panel: GenerationPanel) -> list[Handle]:
    handles: list[Handle] = []
    if len(panel.chains) > 1:
        for at, name in enumerate(panel.chains):
            handles.append((_handle(color=colour(1 + at), marker=mark(1 + at), lw=2.0, ms=5), _short(name)))
    if any(one.run.kind == "ensemble" for one in panel.marks):
        handles.append((_handle(color=INK.light, marker="D", ls="", ms=5), "ensemble"))
    if any(one.run.published is not None for one in panel.marks):
        handles.append((_handle(color=INK.light, lw=1.2, ls=(0, (3, 1.5))), "published"))
    return handles


def _sweep(axes: Axes, panel: SweepPanel, letters: int) -> list[Handle]:
    handles: list[Handle] = []
    dodge = min(_DODGE, _WIDEST / max(1, len(panel.lines) - 1))
    for at, line in enumerate(panel.lines):
        shift = dodge * (at - (len(panel.lines) - 1) / 2)
        means: list[tuple[float, float]] = []
        for value, run in enumerate(line.runs):
            if run is None or not run.errors:
                continue
            errors = [each.error for each in run.errors]
            mean, place, hue = interval(errors), value + shift, colour(at)
            means.append((place, mean.mean))
            axes.plot(
                [place] * len(errors), errors, ls="", marker="o", ms=3.2, mec="none", color=hue, alpha=0.7
            )
            if mean.half is not None:
                ends = [mean.mean - mean.half, mean.mean + mean.half]
                axes.plot([place] * 2, ends, color=hue, lw=5, alpha=0.25)
        if means:
            places, heights = zip(*means, strict=True)
            hue, shape = colour(at), mark(at)
            axes.plot(places, heights, color=hue, lw=2.0, marker=shape, ms=6, mec=PAPER.light, mew=0.9)
        if line.label:
            handles.append((_handle(color=colour(at), marker=mark(at), lw=2.0, ms=5), line.label))
    _ticks(axes, panel.values, letters)
    axes.set_xlabel(panel.field)
    axes.set_ylabel(f"{panel.on} error, %")
    return handles


def _curves(axes: Axes, panel: CurvePanel) -> list[Handle]:
    for epoch in panel.drops:
        axes.axvline(epoch, color=FAINT.light, lw=0.7, ls=(0, (1, 2)))
    handles = []
    for at, curve in enumerate(panel.curves):
        hue = colour(at)
        _training(axes, curve, hue)
        _tested(axes, curve, hue, mark(at))
        handles.append((_handle(color=hue, lw=1.8, marker=mark(at), ms=4), _short(curve.label)))
    handles.append((_handle(color=FAINT.light, lw=1.4), "training"))
    if any(seed.tested for curve in panel.curves for seed in curve.seeds):
        handles.append((_handle(color=FAINT.light, lw=0.9, ls=(0, (2, 1.5)), marker="o", ms=4), panel.on))
    axes.set_xlabel("epoch")
    axes.set_ylabel("error, %")
    axes.set_ylim(bottom=0, top=_top(panel.curves))
    axes.set_xlim(left=0)
    return handles


def _training(axes: Axes, curve: Curve, hue: str) -> None:
    epochs = curve.seeds[0].epochs
    same = [seed.errors for seed in curve.seeds if seed.epochs == epochs]
    by_epoch = list(zip(*same, strict=True))
    if len(same) > 1:
        axes.fill_between(
            epochs, list(map(min, by_epoch)), list(map(max, by_epoch)), color=hue, alpha=0.16, lw=0
        )
    axes.plot(epochs, [sum(errors) / len(errors) for errors in by_epoch], color=hue, lw=1.4)


def _tested(axes: Axes, curve: Curve, hue: str, shape: str) -> None:
    by_epoch: dict[int, list[float]] = {}
    for seed in curve.seeds:
        for epoch, error in seed.tested:
            by_epoch.setdefault(epoch, []).append(error)
    if not by_epoch:
        return
    epochs = sorted(by_epoch)
    for epoch in epochs:
        if len(by_epoch[epoch]) > 1:
            ends = [min(by_epoch[epoch]), max(by_epoch[epoch])]
            axes.plot([epoch] * 2, ends, color=hue, lw=0.8, alpha=0.6)
    means = [sum(by_epoch[epoch]) / len(by_epoch[epoch]) for epoch in epochs]
    axes.plot(
        epochs, means, color=hue, lw=0.9, ls=(0, (2, 1.5)), marker=shape, ms=4, mec=PAPER.light, mew=0.5
    )


def _top(curves: Iterable[Curve]) -> float:
    """So high that all but the beginning of a training is seen, and its end is not flat for it."""
    heights, tested = [1.0], [0.0]
    for curve in curves:
        for seed in curve.seeds:
            last = seed.epochs[-1]
            heights += [
                error for epoch, error in zip(seed.epochs, seed.errors, strict=True) if epoch > last / 20
            ]
            tested += [error for epoch, error in seed.tested if epoch > last / 20]
    most = max(heights)
    return 1.08 * (min(most, max(_CUT * max(tested), 1.0)) if any(tested) else most)


def _reliability(axes: Axes, panel: ReliabilityPanel) -> list[Handle]:
    axes.plot([0, 100], [0, 100], color=FAINT.light, lw=0.8, ls=(0, (4, 3)))
    handles = []
    for at, line in enumerate(panel.lines):
        hue, shape = colour(at), "D" if line.kind == "ensemble" else mark(at)
        sure, right = ([100 * value for value in values] for values in (line.confidence, line.accuracy))
        axes.plot(sure, right, color=hue, lw=1.4, marker=shape, ms=4, mec=PAPER.light, mew=0.5)
        look = _handle(color=hue, lw=1.4, marker=shape, ms=4)
        handles.append((look, f"{_short(line.label)}, {line.ece:.1f} %"))
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


def _published(axes: Axes, pairs: Sequence[Published]) -> list[Handle]:
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
    axes.set_yticks(places, [_short(pair.label, 40) for pair in pairs])
    axes.set_ylim(len(pairs) - 0.5, -0.5)
    axes.set_xlabel("error, %")
    spread = (_handle(color=INK.light, lw=0.8), "published ±")
    return [
        (_handle(color=colour(1), marker="o", ls="", ms=5), "ours"),
        (_handle(color=INK.light, marker="|", ls="", ms=9, mec=INK.light, mew=1.6), "published"),
        *([spread] if any(pair.deviation is not None for pair in pairs) else []),
    ]


def _handle(**look: Any) -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], **{"mec": "none", **look})


def _head(axes: Axes, title: str, handles: Sequence[Handle], letters: int) -> None:
    """The title, and below it what lines and marks mean, in as many columns as fit."""
    lines = 0
    if handles:
        longest = max(len(text) for _, text in handles)
        columns = max(1, min(len(handles), letters // (longest + 4)))
        lines = -(-len(handles) // columns)
        legend = axes.legend(
            [handle for handle, _ in handles],
            [text for _, text in handles],
            loc="lower left",
            bbox_to_anchor=(0, 1.0),
            # Even columns: four in two, rather than three and one.
            ncols=-(-len(handles) // lines),
            borderpad=0,
            labelspacing=0.25,
        )
        height = lines * 1.3 * legend.get_texts()[0].get_fontsize()
    if title:
        axes.set_title(_short(title, letters), pad=5 + (height if lines else 0))


def _short(text: str, most: int = 24) -> str:
    """``text`` as matplotlib prints it: a dollar begins mathematics, an underscore hides a line."""
    text = text if len(text) <= most else text[: most - 1] + "…"
    return (" " if text.startswith("_") else "") + text.replace("$", r"\$")
