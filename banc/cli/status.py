"""``banc status``."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from banc.cli.patient import patient

if TYPE_CHECKING:
    from banc.stage.index import Index
    from banc.state.state import State
    from banc.status.status import Status


def status(
    specs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SPEC]...", help="Linked specs, by file or name. Default: all.", show_default=False
        ),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Keep on showing it until everything is finished, or Ctrl-C.")
    ] = False,
    format: Annotated[
        Literal["text", "json"], typer.Option(help="Text for people, JSON for programs.")
    ] = "text",
) -> None:
    """Show what is finished, running, failed and waiting, and how long the rest takes.

    Works from any terminal while `dvc repro` is running: it takes no lock and starts nothing.

        banc status

        banc status --watch

        banc status spec/table2.toml --format json
    """
    from banc.cli.behind import behind
    from banc.cli.fitted import say
    from banc.cli.graphics import shows_blocks
    from banc.cli.show_status import lines
    from banc.cli.terminal import wants_color
    from banc.errors import UsageError
    from banc.paths import workspace
    from banc.printable import printable_json
    from banc.status.record import record

    root = workspace()
    if watch and format == "json":
        raise UsageError("`--watch` shows text", hint="leave out `--format json`, or `--watch`")

    def look() -> Status:
        return patient(lambda: _look(root, specs)[0])

    if watch:
        from banc.cli.watch_status import watch as keep_showing

        keep_showing(look, sys.stdout)
    elif format == "json":
        print(printable_json(json.dumps(record(look()), indent=1, allow_nan=False)))
    else:
        seen, state = patient(lambda: _look(root, specs))
        shown = lines(seen, blocks=shows_blocks(sys.stdout), color=wants_color(sys.stdout))
        note = behind(root, state)
        say([*shown, *([note] if note else [])])


def _look(root: Path, specs: list[str] | None) -> tuple[Status, State]:
    """One reading of the workspace."""
    from banc.graph.linked import linked
    from banc.machine import this_device
    from banc.plan.estimate import estimate
    from banc.plan.plan import plan
    from banc.read_state import read_state
    from banc.stage.files import read_stage
    from banc.stage.index import read_index
    from banc.status.status import status as status_of

    index = read_index(root)
    tables = _tables(root, index, specs)
    stages = {address: read_stage(root, index.parameter_file(address), address) for address in index.stages}
    graph = linked(index, stages)
    state = read_state(root, graph)
    made = plan(graph, state)
    estimates = estimate(made, graph, state.timings, this_device())
    return status_of(graph, state, made, estimates, tables, time.time()), state


def _tables(root: Path, index: Index, specs: list[str] | None) -> frozenset[str]:
    """The names of the tables that are asked about."""
    from banc.errors import UsageError

    names = set()
    for spec in specs or index.specs:
        path = Path(spec).resolve()
        of_it = [name for name, linked in index.specs.items() if spec == name or root / linked.path == path]
        if not of_it:
            linked = ", ".join(f"`{known.path}`" for known in index.specs.values())
            raise UsageError(
                f"`{spec}` is not linked", hint=f"linked: {linked}; `banc compile` links all of `spec/`"
            )
        names.update(of_it)
    return frozenset(names)
