"""``banc check``, ``banc explain-error`` and ``banc schema``: the language, without running anything."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from banc.spec.fault import Fault


def check(
    specs: Annotated[list[Path], typer.Argument(help="Spec files.", metavar="SPEC...", show_default=False)],
    format: Annotated[
        Literal["text", "json", "github", "sarif"],
        typer.Option(help="For people, for programs, for GitHub annotations, for code scanning."),
    ] = "text",
) -> None:
    """Find every fault of specs before anything runs.

    Exit code 0: no errors (there may be warnings). 2: errors. Networks from torchvision or from a Python
    file of your own are built, without numbers: this runs that file.

        banc check spec/*.toml

        banc check --format github spec/table2.toml
    """
    from banc.cli.terminal import wants_color
    from banc.cli.try_networks import try_networks
    from banc.spec.load import load_all
    from banc.spec.show import show
    from banc.spec.source import SpecError

    faults: list[Fault] = []
    try:
        loaded = load_all(specs)
        faults = [fault for it in loaded for fault in it.warnings]
        try_networks(loaded)
    except SpecError as error:
        faults = error.faults
    sys.stdout.write(show(faults, format, color=wants_color(sys.stdout)))
    if format == "text":
        print(summary(faults, len(specs)))
    if any(fault.severity == "error" for fault in faults):
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
    code: Annotated[str, typer.Argument(help="A code as `banc check` prints it.", metavar="CODE")],
) -> None:
    """Tell the cause and the cure of a fault.

    banc explain-error BANC012
    """
    from banc.spec.codes import find_code

    found = find_code(code)
    print(f"{found.code}: {found.title} ({found.severity})\n\ncause: {found.cause}\n\ncure: {found.cure}")


def schema() -> None:
    """Print the JSON Schema of the spec language, for editors.

    A spec names it in its first line: `#:schema ./banc.schema.json`.

        banc schema > banc.schema.json
    """
    from banc.spec.schema import schema_text

    sys.stdout.write(schema_text())
