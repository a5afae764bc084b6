"""``banc report``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer


def report(
    specs: Annotated[
        list[Path] | None, typer.Argument(help="Specs; none: what is linked.", show_default=False)
    ] = None,
    format: Annotated[
        Literal["terminal", "markdown", "latex", "csv", "json"], typer.Option(help="How to print.")
    ] = "terminal",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file, as a whole or not at all.")
    ] = None,
) -> None:
    """Print the table of a spec from what is finished, at any moment of a run.

    `…` is not finished yet, `/` is not run, numbers in parentheses are the paper's.

        banc report spec/table2.toml

        banc report spec/table2.toml --format latex --output paper/table2.tex
    """
    from banc.cli.terminal import wants_color, width
    from banc.compile import graph_of
    from banc.paths import workspace, write_atomically
    from banc.report.report import report as render
    from banc.spec.load import load_all

    root = workspace()
    color = output is None and wants_color(sys.stdout)
    texts = []
    for loaded in load_all(specs or _linked(root)):
        layout = graph_of(root, loaded).layouts[loaded.source.name]
        texts.append(render(root, layout, format, width=width(sys.stdout), color=color))
    text = "\n".join(texts)
    if output is None:
        sys.stdout.write(text)
    else:
        write_atomically(output, text)
        print(f"wrote {output}")


def _linked(root: Path) -> list[Path]:
    """The specs that root ``params.yaml`` says are linked."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    from banc.emit.emit import PARAMS_YAML
    from banc.errors import UsageError

    try:
        specs = YAML(typ="safe", pure=False).load(root / PARAMS_YAML)["specs"]
        return [root / about["path"] for about in specs.values()]
    except FileNotFoundError:
        raise UsageError("nothing is linked yet", hint="name a spec, or `banc compile` one first") from None
    except (YAMLError, KeyError, TypeError, AttributeError):
        raise UsageError(
            f"`{PARAMS_YAML}` is not what `banc compile` writes", hint="name a spec, or compile again"
        ) from None
