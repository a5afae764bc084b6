"""Writes a table in one of five formats."""

from __future__ import annotations

from typing import Literal

from banc.report.cells import Table
from banc.report.csv_text import csv_text
from banc.report.json_text import json_text
from banc.report.latex import latex
from banc.report.markdown import markdown
from banc.report.terminal import terminal

Format = Literal["terminal", "markdown", "latex", "csv", "json"]
"""The first three are for people, the last two for programs."""


def render(table: Table, format: Format, *, width: int | None, color: bool) -> str:
    """Text that ends with a newline. ``width`` and ``color`` are the terminal's alone."""
    match format:
        case "terminal":
            return terminal(table, width=width, color=color)
        case "markdown":
            return markdown(table)
        case "latex":
            return latex(table)
        case "csv":
            return csv_text(table)
        case "json":
            return json_text(table)
