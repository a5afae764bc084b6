"""The whole way from a workspace's files to the text of tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from banc.report.collect import collect, collect_details_of
from banc.report.render import Format, render
from banc.report.tabulate import tabulate
from banc.stage.layout import Layout


def report(
    root: Path,
    layouts: Sequence[Layout],
    format: Format,
    *,
    width: int | None = None,
    color: bool = False,
    per_seed: bool = False,
) -> str:
    """The tables that ``layouts`` describe, with what is finished in the workspace ``root``.

    ``width``, ``color`` and ``per_seed`` are those of ``render``.

    Returns:
        Text that ends with a newline, equal for equal files.

    Raises:
        BancError: a file with metrics is damaged.
    """
    tables = [tabulate(layout, collect(root, layout), collect_details_of(root, layout)) for layout in layouts]
    return render(tables, format, width=width, color=color, per_seed=per_seed)
