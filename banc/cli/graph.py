"""``banc graph``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer


def graph(
    spec: Annotated[Path, typer.Argument(help="A spec file.", show_default=False)],
    format: Annotated[
        Literal["text", "mermaid", "dot"],
        typer.Option(help="A tree for the terminal, Mermaid for Markdown, or Graphviz."),
    ] = "text",
) -> None:
    """Draw who learns from whom, with the names of the spec.

    banc graph spec/table2.toml

    banc graph spec/table2.toml --format dot | dot -Tsvg > table2.svg
    """
    from banc.graph.draw import draw
    from banc.spec.load import load

    sys.stdout.write(draw(load(spec).spec, format))
