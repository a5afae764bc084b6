"""Writes tables in one of six formats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from banc.report.cells import FilledTable
from banc.report.formats.csv_text import csv_per_seed, csv_text
from banc.report.formats.json_text import json_text
from banc.report.formats.latex import latex
from banc.report.formats.markdown import markdown
from banc.report.formats.paper_form import DEFAULT, PaperForm
from banc.report.formats.terminal import terminal
from banc.report.formats.typst import typst

Format = Literal["terminal", "markdown", "latex", "typst", "csv", "json"]
"""The first four are for people, the last two for programs."""


def render(
    tables: Sequence[FilledTable],
    format: Format,
    *,
    width: int | None,
    color: bool,
    per_seed: bool = False,
    form: PaperForm = DEFAULT,
) -> str:
    """Text that ends with a newline.

    Tables for people stand below one another; for programs they are one document.

    Args:
        width: of a terminal, in characters; None for lines as long as they get.
        color: whether a terminal gets escape sequences.
        per_seed: whether CSV has a line for each seed of a cell, and not one for each cell.
        form: of LaTeX and Typst.
    """
    match format:
        case "terminal":
            return "\n".join(terminal(table, width=width, color=color) for table in tables)
        case "markdown":
            return "\n".join(map(markdown, tables))
        case "latex":
            return "\n".join(latex(table, form) for table in tables)
        case "typst":
            return "\n".join(typst(table, form) for table in tables)
        case "csv":
            return csv_per_seed(tables) if per_seed else csv_text(tables)
        case "json":
            return json_text(tables)
