"""A panel of training curves on axes: errors over epochs, in training and on the held-out images.

In: a panel, and matplotlib's axes. Out: the axes are drawn on, and the lines of a legend.
"""

from __future__ import annotations

from collections.abc import Iterable

from banc.document.document import Curve, CurvePanel
from banc.document.pictures.labels import Axes, Handle, handle, short
from banc.document.pictures.style import FAINT, PAPER, colour, mark

_CUT = 5
"""Curves are cut where they are so many times as high as the highest test error."""


def draw_curves(axes: Axes, panel: CurvePanel) -> list[Handle]:
    """Draws ``panel``."""
    for epoch in panel.drops:
        axes.axvline(epoch, color=FAINT.light, lw=0.7, ls=(0, (1, 2)))
    handles = []
    for at, curve in enumerate(panel.curves):
        hue = colour(at)
        _training(axes, curve, hue)
        _tested(axes, curve, hue, mark(at))
        handles.append((handle(color=hue, lw=1.8, marker=mark(at), ms=4), short(curve.label)))
    handles.append((handle(color=FAINT.light, lw=1.4), "training"))
    if any(seed.tested for curve in panel.curves for seed in curve.seeds):
        handles.append((handle(color=FAINT.light, lw=0.9, ls=(0, (2, 1.5)), marker="o", ms=4), panel.on))
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
