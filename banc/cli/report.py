"""``banc report``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from banc.cli.spec_path import METAVAR, spec_path

if TYPE_CHECKING:
    from banc.cli.report_options import ReportOptions
    from banc.compiler import SpecGraph
    from banc.report.render import Format


def report(
    specs: Annotated[
        list[Path] | None,
        typer.Argument(
            parser=spec_path,
            metavar=METAVAR,
            help="Specs, by file or name. Default: the linked ones.",
            show_default=False,
        ),
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
    from banc.cli import report_page
    from banc.cli.linked_specs import linked_specs
    from banc.cli.report_options import ReportOptions, check_options
    from banc.compiler import graphs_of
    from banc.paths import workspace
    from banc.report.formats.paper_form import PaperForm
    from banc.report.headings import headings_from

    options = ReportOptions(
        format=format,
        output=output,
        per_seed=per_seed,
        spread=spread,
        compare=compare,
        against=against,
        form=PaperForm(tabular, wide, one_line, siunitx),
        groups=headings_from(group or ()),
        checklist=checklist,
        watch=watch,
        serve=serve,
        plots=plots,
    )
    check_options(options)
    root = workspace()
    wanted = dict.fromkeys(specs, smoke) if specs else linked_specs(root)
    if plots is not None:
        report_page.write_plots(root, wanted, plots)
    elif format == "ro-crate":
        _print_or_write(root, output, report_page.crate_text(root, wanted))
    elif format == "html" and serve is not None:
        report_page.serve_page(partial(report_page.document_of, root, wanted, spread), serve)
    elif format == "html" and watch and output is not None:
        look = partial(report_page.document_of, root, wanted, spread)
        report_page.watch_page(look, partial(_write, root, output))
    elif format == "html":
        _print_or_write(root, output, report_page.page_text(root, wanted, spread))
    else:
        _print_or_write(root, output, _text(root, graphs_of(root, wanted), format, options))


def _text(root: Path, specs: Sequence[SpecGraph], format: Format, options: ReportOptions) -> str:
    """What ``options`` ask for of the tables of ``specs``, as text."""
    from attrs import evolve

    from banc.cli.report_changes import report_changes
    from banc.cli.report_checklist import report_checklist
    from banc.cli.terminal import wants_color, width
    from banc.report.headings import with_headings
    from banc.report.report import report as render
    from banc.report.report import report_differences

    if options.checklist:
        return "\n".join(report_checklist(root, spec) for spec in specs)
    if options.spread is not None:
        specs = [spec.with_layout(evolve(spec.layout, spread=options.spread)) for spec in specs]
    if options.groups:
        specs = [spec.with_layout(with_headings(spec.layout, options.groups)) for spec in specs]
    if options.against is not None:
        return report_changes(root, specs, format, options.against)
    layouts = [spec.layout for spec in specs]
    if options.compare is not None:
        return report_differences(root, layouts, format, options.compare)
    return render(
        root,
        layouts,
        format,
        width=width(sys.stdout),
        color=options.output is None and wants_color(sys.stdout),
        per_seed=options.per_seed,
        form=options.form,
    )


def _print_or_write(root: Path, output: Path | None, text: str) -> None:
    if output is None:
        sys.stdout.write(text)
    else:
        _write(root, output, text)
        print(f"wrote {output}")


def _write(root: Path, output: Path, text: str) -> None:
    from banc.cli.output_file import output_file
    from banc.paths import write_atomically

    write_atomically(output_file(root, output), text)
