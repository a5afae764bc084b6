"""Who learns from whom, as a drawing on the page.

In: runs. Out: an ``svg`` element, whose boxes lead to how their numbers were made. ``document.lineage`` says
where they stand.
"""

from __future__ import annotations

from collections.abc import Sequence

from banc.document.document import Run
from banc.document.html.anchors import Anchors
from banc.document.html.text import mean, text
from banc.document.lineage import TALL, WIDE, Box, called, drawing


def lineage_svg(runs: Sequence[Run], anchors: Anchors) -> str:
    """The drawing; its boxes lead to how their numbers were made."""
    made = drawing(runs)
    parts = [_edge(start, end, "joins" if joins else "teaches") for start, end, joins in made.edges]
    parts += [f'<text x="0" y="{top + 15:g}" class="net">{text(label)}</text>' for label, top in made.heads]
    parts += [_box(box, anchors.get(box.run.name)) for box in made.boxes.values()]
    return (
        f'<svg class="lineage" viewBox="-2 0 {made.width + 4:g} {made.height:g}" width="{made.width + 4:g}" '
        f'height="{made.height:g}" role="group" aria-label="Who learns from whom">{"".join(parts)}</svg>'
    )


def _edge(start: Box, end: Box, kind: str) -> str:
    x0, y0 = start.left + WIDE, start.top + TALL / 2
    x1, y1 = end.left, end.top + TALL / 2
    if kind == "joins":
        x0, y0 = start.left + WIDE * 0.8, start.top + TALL
        bend = f"C{x0:g} {y1:g} {x0:g} {y1:g} {x1:g} {y1:g}"
    else:
        middle = max(18.0, (x1 - x0) / 2)
        bend = f"C{x0 + middle:g} {y0:g} {x1 - middle:g} {y1:g} {x1 - 5:g} {y1:g}"
    arrow = f'<path class="head" d="M{x1 - 6:g} {y1 - 4:g}L{x1:g} {y1:g}L{x1 - 6:g} {y1 + 4:g}z"/>'
    return f'<path class="{kind}" d="M{x0:g} {y0:g}{bend}"/>{arrow}'


def _box(box: Box, anchor: str | None) -> str:
    run = box.run
    known = mean(run)
    seeds = f" ({len(run.errors)}/{run.of})" if run.errors and len(run.errors) < run.of else ""
    below = f"{known} %{seeds}" if known else run.state
    if run.state not in ("finished", "waiting"):
        below = f"{run.state} {known}".strip()
    told = f"{run.network}, {run.label}: {run.state}{f', {run.detail}' if run.detail else ''}"
    told += f", error {known} %" if known else ""
    inner = (
        f"<title>{text(told)}</title>"
        f'<rect x="{box.left:g}" y="{box.top:g}" width="{WIDE}" height="{TALL}" '
        f'rx="{TALL / 2 if run.kind == "ensemble" else 5:g}"/>'
        f'<text x="{box.left + WIDE / 2:g}" y="{box.top + 18:g}">{text(called(run))}</text>'
        f'<text x="{box.left + WIDE / 2:g}" y="{box.top + 35:g}" class="of">{text(below)}</text>'
    )
    kind = f"{run.state} {run.kind}"
    if anchor is None:
        return f'<g class="{kind}">{inner}</g>'
    return f'<a href="#{anchor}" class="{kind}">{inner}</a>'
