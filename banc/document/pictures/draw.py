"""Panels -> axes: each kind of picture, drawn once for page and paper.

In: a panel, and matplotlib's axes in the settings of ``style``. Out: the axes are drawn on. Knows no size and
no file.
"""

from __future__ import annotations

from collections.abc import Sequence

from banc.document.document import (
    CurvePanel,
    GenerationPanel,
    Published,
    ReliabilityPanel,
    SweepPanel,
)
from banc.document.pictures.curves import draw_curves
from banc.document.pictures.generations import draw_generations
from banc.document.pictures.labels import Axes, Handle, short
from banc.document.pictures.published import draw_published
from banc.document.pictures.reliability import draw_reliability
from banc.document.pictures.sweep import draw_sweep

Panel = GenerationPanel | SweepPanel | CurvePanel | ReliabilityPanel | tuple[Published, ...]


def draw(axes: Axes, panel: Panel, letters: int) -> None:
    """Draws ``panel`` on ``axes``. ``letters``: how many fit beside one another, about."""
    match panel:
        case GenerationPanel():
            handles = draw_generations(axes, panel, letters)
            title = panel.network
        case SweepPanel():
            handles = draw_sweep(axes, panel, letters)
            # A network can have several, of the same fields.
            title = f"{panel.network}, {panel.sweep}"
        case CurvePanel():
            handles = draw_curves(axes, panel)
            title = panel.network
        case ReliabilityPanel():
            handles = draw_reliability(axes, panel)
            title = panel.network
        case tuple():
            handles = draw_published(axes, panel)
            title = ""
    _head(axes, title, handles, letters)


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
        axes.set_title(short(title, letters), pad=5 + (height if lines else 0))
