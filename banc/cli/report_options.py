"""Which options of ``banc report`` go together.

In: what was asked for. Out: nothing, or the error that says what is wrong with it. Reads no file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from attrs import frozen

from banc.errors import UsageError
from banc.report.formats.paper_form import PaperForm

if TYPE_CHECKING:
    from banc.report.render import Format
    from banc.stage.layout import Spread


@frozen
class ReportOptions:
    """What ``banc report`` was asked for, beside the specs; the fields are its options."""

    format: Format | Literal["html", "ro-crate"]
    output: Path | None
    per_seed: bool
    spread: Spread | None
    compare: str | None
    against: str | None
    form: PaperForm
    groups: Mapping[str, tuple[str, ...]]
    checklist: bool
    watch: bool
    serve: int | None
    plots: Path | None

    @property
    def modes(self) -> tuple[str, ...]:
        """The options in use that print something else than a table."""
        given = {
            "--compare": self.compare is not None,
            "--against": self.against is not None,
            "--checklist": self.checklist,
        }
        return tuple(name for name, is_given in given.items() if is_given)


def check_options(options: ReportOptions) -> None:
    """Returns, if all of ``options`` can be followed.

    Raises:
        UsageError: one of them needs another, or two do not go together.
    """
    _check_forms(options)
    _check_modes(options)
    _check_pages(options)


def _check_forms(options: ReportOptions) -> None:
    """What is for some formats alone."""
    form = options.form
    if options.per_seed and options.format != "csv":
        raise UsageError(
            f"`--per-seed` needs `--format csv`, not `--format {options.format}`",
            hint="`--format json` has each seed's numbers in `scores`",
        )
    if form != PaperForm() and options.format not in ("latex", "typst"):
        hint = "they are `--tabular`, `--wide`, `--one-line` and `--siunitx`, which is for LaTeX alone"
        raise UsageError(
            f"forms of a paper need `--format latex` or `typst`, not `--format {options.format}`", hint=hint
        )
    if form.siunitx and options.format != "latex":
        hint = "leave it out: in Typst numbers stand in one line with `--one-line`"
        raise UsageError("`--siunitx` is a package of LaTeX", hint=hint)


def _check_modes(options: ReportOptions) -> None:
    """What prints something else than a table, and headings, which only a table has."""
    modes, plots = options.modes, options.plots
    if modes and (options.format in ("html", "ro-crate") or plots is not None):
        page = "--plots" if plots is not None else f"--format {options.format}"
        hint = "call `banc report` once for each; a page shows the differences that bold rests on"
        raise UsageError(f"`{modes[0]}` and `{page}` do not go together", hint=hint)
    if modes[1:]:
        hint = "`--compare` compares columns, `--against` two states of a table, `--checklist` describes it"
        raise UsageError(f"`{modes[0]}` and `{modes[1]}` do not go together", hint=hint)
    of_tables = ("terminal", "markdown", "latex", "typst")
    if options.groups and (modes or plots is not None or options.format not in of_tables):
        other = modes[0] if modes else "--plots" if plots is not None else f"--format {options.format}"
        hint = "it is for a table as terminal, markdown, latex or typst; `groups` in the spec is for all"
        raise UsageError(f"`--group` and `{other}` do not go together", hint=hint)
    if options.checklist and options.format not in ("terminal", "markdown"):
        raise UsageError(
            f"`--checklist` is Markdown, not `--format {options.format}`", hint="leave `--format` out"
        )


def _check_pages(options: ReportOptions) -> None:
    """What writes pictures, or keeps a page current."""
    output = options.output
    if options.plots is not None and (options.format != "terminal" or output is not None):
        raise UsageError(
            "`--plots` writes pictures alone, not a table",
            hint="call `banc report` once more for the table; `--format html` has both on a page",
        )
    if options.watch and (options.format != "html" or output is None):
        raise UsageError(
            "`--watch` needs `--format html` and a file, `--output FILE`",
            hint="`banc status --watch` shows progress on a terminal",
        )
    if options.serve is not None and (options.format != "html" or output is not None):
        raise UsageError(
            "`--serve` needs `--format html` and no `--output`",
            hint="`--watch` keeps a page in a file current",
        )
