"""The whole way from a workspace's files to a table's text."""

from __future__ import annotations

from pathlib import Path

from banc.report.collect import collect
from banc.report.render import Format, render
from banc.report.tabulate import tabulate
from banc.stage.layout import Layout


def report(
    root: Path, layout: Layout, format: Format, *, width: int | None = None, color: bool = False
) -> str:
    """The table that ``layout`` describes, with what is finished in the workspace ``root``.

    Args:
        width: characters in a line of a terminal; None for lines as long as they get.
        color: whether a terminal gets escape sequences.

    Returns:
        Text that ends with a newline, equal for equal files.

    Raises:
        BancError: a file with metrics is damaged.
    """
    return render(tabulate(layout, collect(root, layout)), format, width=width, color=color)
