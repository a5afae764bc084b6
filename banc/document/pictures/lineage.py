"""Who learns from whom, drawn on axes, for paper. The page has a drawing of its own, with links."""

from __future__ import annotations

import statistics
from typing import Any

from banc.document.lineage import TALL, WIDE, Box, Drawing, called
from banc.document.pictures.style import FAINT, INK

_NETWORK = 60
"""Letters of a network's label, at most."""


def draw_lineage(axes: Any, drawing: Drawing) -> None:
    """Draws the boxes; the axes are a pixel of ``drawing`` a unit, from the upper left."""
    from matplotlib.patches import FancyArrowPatch

    axes.set_xlim(-2, drawing.width + 2)
    axes.set_ylim(drawing.height, 0)
    axes.set_aspect("equal")
    axes.set_axis_off()
    for start, end, joins in drawing.edges:
        begin = (
            (start.left + 0.8 * WIDE, start.top + TALL)
            if joins
            else (start.left + WIDE, start.top + TALL / 2)
        )
        axes.add_patch(
            FancyArrowPatch(
                begin,
                (end.left, end.top + TALL / 2),
                # At right angles for an ensemble, below the boxes that stand between.
                connectionstyle="angle,angleA=90,angleB=0,rad=6" if joins else "arc3",
                arrowstyle="-|>",
                mutation_scale=5,
                shrinkA=0,
                shrinkB=0,
                lw=0.6,
                ls=(0, (3, 2)) if joins else "-",
                color=FAINT.light,
            )
        )
    for label, top in drawing.heads:
        axes.text(0, top + 15, _plain(_cut(label)), color=FAINT.light, weight="bold", va="baseline")
    for box in drawing.boxes.values():
        _box(axes, box)


def _box(axes: Any, box: Box) -> None:
    from matplotlib.patches import FancyBboxPatch

    run = box.run
    rounding = TALL / 2 if run.kind == "ensemble" else 5
    axes.add_patch(
        FancyBboxPatch(
            (box.left + rounding, box.top + rounding),
            WIDE - 2 * rounding,
            TALL - 2 * rounding,
            boxstyle=f"round,pad={rounding}",
            facecolor="white",
            edgecolor=FAINT.light,
            lw=0.7,
            ls="-" if run.state == "finished" else (0, (3, 2)),
        )
    )
    below: str = run.state
    if run.errors:
        below = f"{statistics.mean(each.error for each in run.errors):.2f} %"
    middle = box.left + WIDE / 2
    axes.text(middle, box.top + 18, _plain(called(run)), color=INK.light, ha="center")
    axes.text(middle, box.top + 35, below, color=FAINT.light, ha="center")


def _cut(text: str) -> str:
    """The label of a network."""
    return text if len(text) <= _NETWORK else f"{text[: _NETWORK - 1]}…"


def _plain(text: str) -> str:
    """Without what would begin mathematics."""
    return text.replace("$", r"\$")
