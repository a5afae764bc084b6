"""``banc check``, ``banc explain-error`` and ``banc schema``: the language, without running anything."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from banc.cli.spec_path import METAVAR, spec_path

if TYPE_CHECKING:
    from banc.language.fault import Fault


def check(
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
        Literal["text", "json", "github", "sarif"],
        typer.Option(help="Text for people, JSON for programs, GitHub annotations, or SARIF."),
    ] = "text",
    no_code: Annotated[
        bool, typer.Option("--no-code", help="Do not run the code of custom networks; warn about each.")
    ] = False,
) -> None:
    """Find every fault in specs before anything runs.

    Exit code 0: no errors (there may be warnings). 2: errors. Networks from torchvision or from your own
    Python file are built, to see whether they fit the data: this runs that file, in a separate process. Use
    --no-code for specs from people whose code you have not read.

        banc check

        banc check --no-code --format github spec/table2.toml
    """
    from banc.cli.check_networks import check_with_networks
    from banc.cli.terminal import wants_color
    from banc.language.load import has_errors
    from banc.language.show import show
    from banc.paths import find_specs, workspace

    named = specs or find_specs(workspace())
    faults = check_with_networks(named, run_code=not no_code).faults
    sys.stdout.write(show(faults, format, color=wants_color(sys.stdout)))
    if format == "text":
        print(summary(faults, len(named)))
    if has_errors(faults):
        raise typer.Exit(2)


def summary(faults: Sequence[Fault], specs: int = 0) -> str:
    """How many faults there are, in words."""
    errors = sum(fault.severity == "error" for fault in faults)
    counts = [
        f"{number} {word}{'' if number == 1 else 's'}"
        for number, word in ((errors, "error"), (len(faults) - errors, "warning"))
        if number
    ]
    good = f"{specs} spec{'' if specs == 1 else 's'} checked: " if specs and not errors else ""
    return good + (" and ".join(counts) or "no faults")


def explain_error(
    code: Annotated[str, typer.Argument(help="A code that `banc check` printed.", metavar="CODE")],
) -> None:
    """Explain a code that `banc check` printed: its cause and its cure.

    banc explain-error BANC012
    """
    from banc.cli.fitted import say
    from banc.language.codes import find_code

    entry = find_code(code)
    text = f"{entry.code}: {entry.title} ({entry.severity})\n\ncause: {entry.cause}\n\ncure: {entry.cure}"
    say(text.split("\n"))


def schema() -> None:
    """Print the JSON Schema of the spec language, for editors.

    A spec names it in its first line: `#:schema ./banc.schema.json`.

        banc schema > banc.schema.json
    """
    from banc.language.schema import schema_text

    sys.stdout.write(schema_text())
