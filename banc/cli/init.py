"""``banc init``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer


def init(
    folder: Annotated[Path, typer.Argument(help="The folder; made if it is not there.")] = Path(),
) -> None:
    """Make a folder a workspace: git, DVC, a first spec, an editor schema.

    What is there already stays as it is.

        banc init my-experiment

        cd my-experiment && banc compile && dvc repro && banc report
    """
    from banc.workspace import make_workspace

    for line in make_workspace(folder):
        print(line)
    there = "" if folder.resolve() == Path.cwd() else f"cd {shlex.quote(str(folder))} && "
    print(f"\nnext: {there}banc compile && dvc repro && banc report")
