"""``banc compile``."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from banc.cli.spec_path import METAVAR, spec_path
from banc.cli.words import count
from banc.paths import PIPELINES


def compile_(
    specs: Annotated[
        list[Path] | None,
        typer.Argument(
            parser=spec_path,
            metavar=METAVAR,
            help="Specs, by file or name. Default: all in spec/.",
            show_default=False,
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if a generated file is out of date.")
    ] = False,
    no_code: Annotated[
        bool, typer.Option("--no-code", help="Do not run the code of custom networks; warn about each.")
    ] = False,
    smoke: Annotated[
        bool, typer.Option("--smoke", help="Compile a smoke run: the same graph with tiny networks and data.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Remove files even if a running `dvc repro` may need them.")
    ] = False,
) -> None:
    """Compile specs to a DVC graph: dvc.yaml, params.yaml and pipelines/.

    The graph links exactly the named specs, so `dvc repro` makes their tables and nothing else. The same
    specs give the same files on every machine. Finished trainings are kept, linked or not. While DVC or a
    stage is running here, the command is refused if it would remove a file that may still be needed.

        banc compile spec/table2.toml && banc repro

        banc compile --smoke spec/table2.toml && banc repro && banc report --smoke spec/table2.toml

        banc compile --check                       (in CI: are the generated files up to date?)
    """
    from banc.cli.check_networks import check_with_networks
    from banc.cli.terminal import wants_color
    from banc.compiler import apply, link_specs, tables, trainings
    from banc.errors import UsageError
    from banc.language.load import has_errors
    from banc.language.show import show
    from banc.language.source import SpecError
    from banc.paths import find_specs, workspace

    root = workspace()
    checked = check_with_networks(specs or find_specs(root), run_code=not no_code)
    if has_errors(checked.faults):
        raise SpecError(list(checked.faults))
    compiled = link_specs(root, checked.loaded, smoke=smoke)
    sys.stderr.write(show(checked.faults, "text", color=wants_color(sys.stderr)))
    named = shlex.join([*(["--smoke"] if smoke else []), *map(str, specs or [])])
    if check:
        stale = (*compiled.write, *compiled.remove)
        _tell("stale", sorted(stale))
        if stale:
            raise UsageError(
                f"{count(len(stale), 'generated file')} not up to date",
                hint=f"run `{f'banc compile {named}'.strip()}`",
            )
    else:
        apply(root, compiled, force=force)
        _tell("wrote", compiled.write)
        _tell("removed", compiled.remove)
    graph = compiled.graph
    shared = f", {compiled.shared} shared between specs" if len(graph.layouts) > 1 else ""
    fresh = "" if compiled.write or compiled.remove else "; every file was up to date"
    print(
        f"{count(tables(graph), 'table')}: {count(len(graph.stages), 'stage')}, "
        f"{trainings(graph)} of them trainings{shared}{fresh}"
    )


def _tell(verb: str, names: Iterable[str]) -> None:
    """A line for each folder of pipelines/, which may have a thousand files, and for each other file."""
    for folder, together in groupby(names, key=lambda name: name.rpartition("/")[0]):
        files = list(together)
        if folder.startswith(f"{PIPELINES}/") and len(files) > 1:
            print(f"{verb} {folder}/ ({count(len(files), 'file')})")
        else:
            for name in files:
                print(f"{verb} {name}")
