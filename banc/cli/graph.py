"""``banc graph``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from banc.cli.spec_path import METAVAR, spec_path


def graph(
    specs: Annotated[
        list[Path] | None,
        typer.Argument(
            parser=spec_path,
            metavar=METAVAR,
            help="Specs, by file or name. Default: all in spec/.",
            show_default=False,
        ),
    ] = None,
    format: Annotated[
        Literal["text", "mermaid", "dot"],
        typer.Option(help="A tree for the terminal, Mermaid for Markdown, or Graphviz."),
    ] = "text",
) -> None:
    """Draw who learns from whom, with the names of the spec.

    Several specs give one tree each, or one Mermaid or Graphviz graph with a box for each spec.

        banc graph spec/table2.toml

        banc graph spec/table2.toml --format dot | dot -Tsvg > table2.svg
    """
    from banc.cli.fitted import say
    from banc.graph.draw import draw
    from banc.language.load import load_all
    from banc.paths import find_specs, workspace

    loaded = load_all(specs or find_specs(workspace()))
    drawing = draw({spec.source.name: spec.spec for spec in loaded}, format)
    if format == "text":
        say(drawing.splitlines())
    else:
        sys.stdout.write(drawing)
