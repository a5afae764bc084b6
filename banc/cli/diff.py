"""``banc diff``."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from banc.cli.spec_path import spec_path

if TYPE_CHECKING:
    from banc.language.load import Loaded


def diff(
    before: Annotated[
        str,
        typer.Argument(
            help="A spec, a spec at a git revision (spec/a.toml@main), or all specs at one (@main).",
            metavar="[BEFORE]",
        ),
    ] = "@HEAD",
    now: Annotated[
        str | None,
        typer.Argument(
            help="The same. Default: what BEFORE names, in the work tree.",
            metavar="[NOW]",
            show_default=False,
        ),
    ] = None,
    format: Annotated[
        Literal["text", "markdown", "json"],
        typer.Option(help="Text for people, Markdown for a pull request, JSON for programs."),
    ] = "text",
    device: Annotated[
        str | None,
        typer.Option(
            help="Estimate times on this device: `cpu`, a GPU (`A100`), or one on which something ran. "
            "Default: what a stage would take here.",
            show_default=False,
        ),
    ] = None,
    fail_if_run: Annotated[
        bool, typer.Option("--fail-if-run", help="Exit with code 1 if a new training will or may run.")
    ] = False,
) -> None:
    """Show which runs a change of specs adds, removes, changes or renames, and what it costs in hours.

    A spec alone is compared with itself at HEAD. Runs are compared by what they are, not by how they are
    called, so renaming and reordering cost nothing. Files at a revision are read by git; nothing is checked
    out, and no network's code is run.

        banc diff                                  (all of spec/, against HEAD)

        banc diff spec/table2.toml@main

        banc diff spec/table1.toml spec/table2.toml

        banc diff @main --format markdown --device A100
    """
    from banc.cli.fitted import say
    from banc.cli.show_diff import markdown, sections_of, text, total_of
    from banc.compiler import graph_of
    from banc.diff.cost import cost
    from banc.diff.diff import diff as diff_of
    from banc.diff.record import record
    from banc.graph.link import link
    from banc.machine import cpu, processes, this_device
    from banc.paths import workspace
    from banc.plan.devices import named
    from banc.plan.estimate import estimate
    from banc.plan.plan import plan
    from banc.printable import printable_json
    from banc.read_state import read_state

    root = workspace()
    if now is None:
        before, now = _alone(before)
    (old, old_name), (new, new_name) = _side(root, before), _side(root, now)
    first, second = (link([graph_of(root, spec) for spec in loaded]) for loaded in (old, new))
    difference = diff_of(first, second)
    state = read_state(root, second)
    where = this_device() if device is None else named(device, state.timings, cpu(processes()))
    made = plan(second, state)
    price = cost(first, second, made, estimate(made, second, state.timings, where))
    if format == "json":
        sides = ([one.source.file for one in loaded] for loaded in (old, new))
        value = record(difference, price, where, *sides)
        print(printable_json(json.dumps(value, indent=1, allow_nan=False)))
    else:
        sections, total = sections_of(difference, first, second), total_of(difference, price, where)
        head = f"{old_name} -> {new_name}"
        if format == "text":
            say(text(sections, head, total))
        else:
            print("\n".join(markdown(sections, head, total)))
    if fail_if_run and (price.of("train", "run") or price.of("train", "may run")):
        raise typer.Exit(1)


def _alone(named: str) -> tuple[str, str]:
    """Both sides, where one is named."""
    from banc.language.named import split_name

    if named.startswith("@"):
        return named, ""
    file, revision = split_name(str(spec_path(named)))
    return f"{file}@{revision or 'HEAD'}", file


def _side(root: Path, named: str) -> tuple[list[Loaded], str]:
    """The specs that are named, and what to call them."""
    from banc.errors import UsageError
    from banc.git import find_revision
    from banc.language.load import load_all, load_all_at
    from banc.language.named import load_named
    from banc.paths import SPECS, find_specs

    if not named:
        return load_all(find_specs(root)), f"all of {SPECS}/"
    if not named.startswith("@"):
        return [load_named(root, str(spec_path(named)))], named
    if named == "@":
        raise UsageError("`@` names no revision", hint="expected one after it: `@main`")
    revision = find_revision(root, named[1:])
    there = [path for path in revision.files() if PurePosixPath(path).match(f"{SPECS}/*.toml")]
    specs = [path for path in there if path.count("/") == 1]
    return load_all_at(revision, specs), f"all of {SPECS}/ at {revision.name}"
