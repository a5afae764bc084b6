"""The whole way from a workspace's files to the text of tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from banc.errors import UsageError
from banc.report.cells import FilledTable
from banc.report.collect import collect, collect_details_of
from banc.report.differences import differences
from banc.report.formats.difference_text import difference_csv, difference_json, difference_text
from banc.report.formats.paper_form import DEFAULT, PaperForm
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
    form: PaperForm = DEFAULT,
) -> str:
    """The tables that ``layouts`` describe, with what is finished in the workspace ``root``.

    ``width``, ``color``, ``per_seed`` and ``form`` are those of ``render``.

    Returns:
        Text that ends with a newline, equal for equal files.

    Raises:
        BancError: a file with metrics is damaged.
    """
    return render(filled(root, layouts), format, width=width, color=color, per_seed=per_seed, form=form)


def report_differences(root: Path, layouts: Sequence[Layout], format: Format, to: str) -> str:
    """The differences of each table's cells to the column ``to``, or to the ``published`` numbers.

    Raises:
        UsageError: a table has no such column, or LaTeX or Typst is asked for.
        BancError: a file with metrics is damaged.
    """
    several = [differences(table, to) for table in filled(root, layouts)]
    match format:
        case "terminal" | "markdown":
            return "\n".join(difference_text(one, markdown=format == "markdown") for one in several)
        case "csv":
            return difference_csv(several)
        case "json":
            return difference_json(several)
        case "latex" | "typst":
            hint = "expected `--format` terminal, markdown, csv or json"
            raise UsageError(f"differences are not written as `--format {format}`", hint=hint)


def filled(root: Path, layouts: Sequence[Layout]) -> list[FilledTable]:
    """The tables with what is finished.

    Raises:
        BancError: a file with metrics is damaged.
    """
    return [tabulate(layout, collect(root, layout), collect_details_of(root, layout)) for layout in layouts]
