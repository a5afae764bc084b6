"""A report's pictures for a paper: PDF, SVG and PNG, as wide as a column and as a page; and SVG for the web.

In: a report of one spec. Out: files by name. Letters of PDF and SVG come with the file: as TrueType, and as
outlines; for the web they are text, and colours follow light and dark. The bytes are the same each time.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

from banc.config.slug import slug_of
from banc.document.document import SpecReport, SweepPanel
from banc.document.lineage import drawing
from banc.document.pictures.draw import Panel
from banc.document.pictures.lineage import draw_lineage
from banc.document.pictures.style import settings
from banc.document.pictures.svg import figure_of, web_svg

COLUMN, PAGE = 3.3, 6.9
"""Widths in inches, as the usual two-column styles have them."""

_TYPE = 7.5
_TALL = 2.3
"""Height of a panel, in inches."""
_ROW = 0.18
"""Of a line of ours against published."""
_DOTS = 300
"""Of a PNG, in an inch."""

_FORMATS: dict[str, dict[str, Any]] = {
    "pdf": {"metadata": {"CreationDate": None, "Creator": None, "Producer": None}},
    "svg": {"metadata": {"Date": None, "Creator": None}},
    "png": {"metadata": {"Software": None}, "dpi": _DOTS, "facecolor": "white"},
}


def paper_files(report: SpecReport) -> Iterator[tuple[str, bytes]]:
    """Names and contents: ``<spec>-<picture>[-<model>]-<column|page>.<pdf|svg|png>``, ``...-web.svg``.

    The picture for a page, or for the web, holds all networks; for a column there is one for each network.

    Raises:
        BancError: matplotlib is not installed.
    """
    spec = report.table.layout.spec
    with settings(_TYPE, **{"svg.fonttype": "path"}):
        for name, panels in _several(report):
            if not panels:
                continue
            columns = min(len(panels), 3 if len(panels) > 2 else 2)
            rows = -(-len(panels) // columns)
            width = PAGE if len(panels) > 1 else COLUMN
            if len(panels) > 1:
                figure = figure_of(panels, width, _TALL * rows, columns, _TYPE)
                yield from _saved(figure, f"{spec}-{name}-page")
            for panel in panels:
                figure = figure_of([panel], COLUMN, _TALL, 1, _TYPE)
                of = f"{panel.model}-{panel.sweep}" if isinstance(panel, SweepPanel) else panel.model
                yield from _saved(figure, f"{spec}-{name}-{slug_of(of)}-column")
        if report.published:
            tall = 0.7 + _ROW * len(report.published)
            for name, width in (("column", COLUMN), ("page", PAGE)):
                one: list[Panel] = [report.published]
                yield from _saved(figure_of(one, width, tall, 1, _TYPE), f"{spec}-published-{name}")
        yield from _lineage(report)
    yield from web_files(report)


def web_files(report: SpecReport) -> Iterator[tuple[str, bytes]]:
    """Those for the web alone."""
    for name, panels in _several(report):
        if panels:
            what = f"{_WORDS[name]}: {', '.join(panel.network for panel in panels)}"
            yield f"{report.table.layout.spec}-{name}-web.svg", web_svg(panels, what).encode()


def _several(report: SpecReport) -> tuple[tuple[str, Sequence[Any]], ...]:
    """The pictures that have a panel for each network."""
    return (
        ("generations", report.generations),
        ("sweeps", report.sweeps),
        ("curves", report.curves),
        ("reliability", report.reliability),
    )


_WORDS = {
    "generations": "Error by generation",
    "sweeps": "Error by value",
    "curves": "Training curves",
    "reliability": "Accuracy by confidence",
}


def _lineage(report: SpecReport) -> Iterator[tuple[str, bytes]]:
    from matplotlib.figure import Figure

    made = drawing(report.runs)
    # As large as its letters ask for, and no wider than a page.
    width = min(PAGE, made.width / 100)
    with settings(_TYPE * min(1.0, 100 * PAGE / made.width) ** 0.5, **{"svg.fonttype": "path"}):
        figure = Figure(figsize=(width, width * made.height / made.width))
        draw_lineage(figure.add_axes((0, 0, 1, 1)), made)
        yield from _saved(figure, f"{report.table.layout.spec}-lineage-page")


def _saved(figure: Any, name: str) -> Iterator[tuple[str, bytes]]:
    for kind, options in _FORMATS.items():
        content = io.BytesIO()
        figure.savefig(content, format=kind, **options)
        # Once is enough: it takes half of the time.
        figure.set_layout_engine("none")
        yield f"{name}.{kind}", content.getvalue()
