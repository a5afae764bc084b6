"""``banc init``."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from banc.errors import BancError


def init(
    folder: Annotated[Path, typer.Argument(help="The folder; created if it does not exist.")] = Path(),
    template: Annotated[
        Literal["quickstart", "born-again", "distillation", "own-network"] | None,
        typer.Option(
            help="The example spec: sequences of generations, methods of distillation, a network of your "
            "own. Default: quickstart.",
        ),
    ] = None,
) -> None:
    """Set up a workspace in a folder: git, DVC, an example spec, a schema for your editor.

    Files that exist already are kept.

        banc init my-experiment

        banc init my-experiment --template distillation

        cd my-experiment && banc compile && banc repro && banc report
    """
    from banc.workspace import make_workspace

    for line in make_workspace(folder, template):
        print(line)
    there = "" if folder.resolve() == Path.cwd() else f"cd {shlex.quote(str(folder))} && "
    steps = f"{there}banc compile && banc repro && banc report"
    if refusal := _refusal(folder.resolve()):
        print(f"\nwarning: `banc compile` will refuse to work here: {refusal.message}", file=sys.stderr)
        print(f"hint: {refusal.hint}" if refusal.hint else "", file=sys.stderr)
        print(f"\nthen: {steps}")
    else:
        print(f"\nnext: {steps}")


def _refusal(root: Path) -> BancError | None:
    """Why `banc compile` would refuse, apart from faults of specs: files of a person's own are in the way."""
    from banc.compiler import compile_specs
    from banc.errors import BancError
    from banc.language.source import SpecError
    from banc.paths import find_specs

    try:
        compile_specs(root, find_specs(root))
    except SpecError:
        return None  # a person's own specs, which `banc check` is for
    except BancError as error:
        return error
    return None
