"""``banc report``."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer


def report(
    specs: Annotated[
        list[Path] | None, typer.Argument(help="Spec files. Default: the linked ones.", show_default=False)
    ] = None,
    format: Annotated[
        Literal["terminal", "markdown", "latex", "typst", "csv", "json", "html", "ro-crate"],
        typer.Option(help="Output format."),
    ] = "terminal",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file instead of the terminal.")
    ] = None,
    per_seed: Annotated[
        bool, typer.Option("--per-seed", help="With --format csv: one line for each cell and seed.")
    ] = False,
    spread: Annotated[
        Literal["std", "standard-error", "interval"] | None,
        typer.Option(help="What stands after ±. Default: what the spec says.", show_default=False),
    ] = None,
    compare: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Print each cell's difference to this column; `published`: to the paper's numbers.",
            show_default=False,
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="REVISION",
            help="Print what changed since a git revision, by its committed results.",
            show_default=False,
        ),
    ] = None,
    tabular: Annotated[
        bool,
        typer.Option("--tabular", help="With --format latex or typst: the table alone, without a caption."),
    ] = False,
    wide: Annotated[
        bool, typer.Option("--wide", help="With --format latex or typst: as wide as both columns of a page.")
    ] = False,
    one_line: Annotated[
        bool, typer.Option("--one-line", help="With --format latex or typst: every cell in one line.")
    ] = False,
    siunitx: Annotated[
        bool, typer.Option("--siunitx", help="With --format latex: numbers in S columns of siunitx.")
    ] = False,
    group: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HEADING=COLUMN,...",
            help="A heading above several columns, instead of the spec's. May be repeated.",
            show_default=False,
        ),
    ] = None,
    checklist: Annotated[
        bool,
        typer.Option("--checklist", help="Print what conference checklists ask for, as Markdown."),
    ] = False,
    smoke: Annotated[
        bool, typer.Option("--smoke", help="Print the tables of the specs' smoke runs.")
    ] = False,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="With --format html: keep the page current until all is finished."),
    ] = False,
    serve: Annotated[
        int | None,
        typer.Option(
            metavar="PORT",
            min=0,
            max=65535,
            help="With --format html: keep the page current at http://127.0.0.1:PORT. 0: any free port.",
            show_default=False,
        ),
    ] = None,
    plots: Annotated[
        Path | None,
        typer.Option(
            help="Write the page's pictures into this folder: PDF, SVG and PNG for a paper, SVG for the web."
        ),
    ] = None,
) -> None:
    """Print a spec's table from the stages that are finished so far.

    `…`: not finished yet. `/`: the spec does not ask for this run. In parentheses: the paper's number. CSV
    and JSON hold all named specs in one document.

        banc report spec/table2.toml

        banc report spec/table2.toml --format latex --output paper/table2.tex

        banc report spec/table1.toml --format latex --wide --group "Born again=ban-1,ban-2,ban-3"

        banc report spec/*.toml --format csv --per-seed

        banc report spec/table2.toml --compare teacher

        banc report --against main --format markdown

        banc report --format html -o report.html   (tables, plots, costs and provenance; one file)

        banc report spec/table2.toml --plots paper/figures
    """
    from attrs import evolve

    from banc.cli import report_page
    from banc.cli.report_changes import report_changes
    from banc.cli.report_checklist import report_checklist
    from banc.cli.terminal import wants_color, width
    from banc.compiler import graph_of
    from banc.errors import UsageError
    from banc.language.load import load_all
    from banc.paths import workspace
    from banc.report.formats.paper_form import PaperForm
    from banc.report.headings import headings_from, with_headings
    from banc.report.report import report as render
    from banc.report.report import report_differences

    if per_seed and format != "csv":
        raise UsageError(
            f"`--per-seed` needs `--format csv`, not `--format {format}`",
            hint="`--format json` has each seed's numbers in `scores`",
        )
    form = PaperForm(tabular, wide, one_line, siunitx)
    if form != PaperForm() and format not in ("latex", "typst"):
        hint = "they are `--tabular`, `--wide`, `--one-line` and `--siunitx`, which is for LaTeX alone"
        raise UsageError(
            f"forms of a paper need `--format latex` or `typst`, not `--format {format}`", hint=hint
        )
    if siunitx and format != "latex":
        hint = "leave it out: in Typst numbers stand in one line with `--one-line`"
        raise UsageError("`--siunitx` is a package of LaTeX", hint=hint)
    groups = headings_from(group or ())
    modes = {"--compare": compare is not None, "--against": against is not None, "--checklist": checklist}
    chosen = [name for name, is_chosen in modes.items() if is_chosen]
    if chosen and (format in ("html", "ro-crate") or plots is not None):
        page = "--plots" if plots is not None else f"--format {format}"
        hint = "call `banc report` once for each; a page shows the differences that bold rests on"
        raise UsageError(f"`{chosen[0]}` and `{page}` do not go together", hint=hint)
    if chosen[1:]:
        hint = "`--compare` compares columns, `--against` two states of a table, `--checklist` describes it"
        raise UsageError(f"`{chosen[0]}` and `{chosen[1]}` do not go together", hint=hint)
    if groups and (chosen or plots is not None or format not in ("terminal", "markdown", "latex", "typst")):
        other = chosen[0] if chosen else "--plots" if plots is not None else f"--format {format}"
        hint = "it is for a table as terminal, markdown, latex or typst; `groups` in the spec is for all"
        raise UsageError(f"`--group` and `{other}` do not go together", hint=hint)
    if checklist and format not in ("terminal", "markdown"):
        raise UsageError(f"`--checklist` is Markdown, not `--format {format}`", hint="leave `--format` out")
    if plots is not None and (format != "terminal" or output is not None):
        raise UsageError(
            "`--plots` writes pictures alone, not a table",
            hint="call `banc report` once more for the table; `--format html` has both on a page",
        )
    if watch and (format != "html" or output is None):
        raise UsageError(
            "`--watch` needs `--format html` and a file, `--output FILE`",
            hint="`banc status --watch` shows progress on a terminal",
        )
    if serve is not None and (format != "html" or output is not None):
        raise UsageError(
            "`--serve` needs `--format html` and no `--output`",
            hint="`--watch` keeps a page in a file current",
        )
    root = workspace()
    color = output is None and wants_color(sys.stdout)
    wanted = dict.fromkeys(specs, smoke) if specs else linked_specs(root)
    if plots is not None:
        report_page.write_plots(root, wanted, plots)
        return
    if format == "ro-crate":
        _print_or_write(output, report_page.crate_text(root, wanted))
        return
    if format == "html":
        if watch and output is not None:
            look = partial(report_page.document_of, root, wanted, spread)
            report_page.watch_page(look, partial(_write, output))
        elif serve is not None:
            report_page.serve_page(partial(report_page.document_of, root, wanted, spread), serve)
        else:
            _print_or_write(output, report_page.page_text(root, wanted, spread))
        return
    layouts, small, lists = [], [], []
    for loaded in load_all(list(wanted)):
        smoke = wanted[Path(loaded.source.file)]
        graph = graph_of(root, loaded, smoke=smoke)
        (layout,) = graph.layouts.values()
        small.append(smoke)
        if checklist:
            lists.append(report_checklist(root, graph.paths[layout.spec], graph))
        layout = layout if spread is None else evolve(layout, spread=spread)
        layouts.append(with_headings(layout, groups) if groups else layout)
    if checklist:
        text = "\n".join(lists)
    elif against is not None:
        text = report_changes(root, list(wanted), layouts, format, against, small)
    elif compare is None:
        text = render(
            root, layouts, format, width=width(sys.stdout), color=color, per_seed=per_seed, form=form
        )
    else:
        text = report_differences(root, layouts, format, compare)
    _print_or_write(output, text)


def _print_or_write(output: Path | None, text: str) -> None:
    if output is None:
        sys.stdout.write(text)
    else:
        _write(output, text)
        print(f"wrote {output}")


def _write(output: Path, text: str) -> None:
    from banc.errors import UsageError
    from banc.paths import write_atomically

    if output.exists() and not output.is_file():
        # A device would be replaced, not written to.
        hint = "name a file; without `--output` the report is printed"
        raise UsageError(f"`{output}` is no file", hint=hint)
    # Through a link, not in its place.
    write_atomically(Path(os.path.realpath(output)), text)


def linked_specs(root: Path) -> dict[Path, bool]:
    """The specs that are linked, and whether as smoke runs."""
    from banc.stage.index import read_index

    return {root / spec.path: spec.smoke for spec in read_index(root).specs.values()}
