"""``banc plan``."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from banc.cli.spec_path import METAVAR, spec_path

if TYPE_CHECKING:
    from banc.state.state import State


def plan(
    specs: Annotated[
        list[Path] | None,
        typer.Argument(
            parser=spec_path,
            metavar=METAVAR,
            help="Specs, by file or name. Default: the linked ones, or all in spec/ if none are.",
            show_default=False,
        ),
    ] = None,
    format: Annotated[
        Literal["text", "json"], typer.Option(help="Text for people, JSON for programs.")
    ] = "text",
    addresses: Annotated[
        bool, typer.Option("--addresses", help="List every stage on its own line, by address.")
    ] = False,
    fail_if_run: Annotated[
        bool, typer.Option("--fail-if-run", help="Exit with code 1 if any stage will or may run.")
    ] = False,
    device: Annotated[
        str | None,
        typer.Option(
            help="Estimate times on this device: `cpu`, a GPU (`A100`), or one on which something ran. "
            "Default: what a stage would take here.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write the plan into this file, too: JSON, with a digest of what it was made from.",
            show_default=False,
        ),
    ] = None,
    smoke: Annotated[bool, typer.Option("--smoke", help="Plan the specs' smoke runs.")] = False,
) -> None:
    """Show what `dvc repro` would run, restore and keep, and why; how long it takes, and how many bytes.

    Plans what `banc compile SPEC... && dvc repro` would do, and changes nothing. Needs no GPU, no network and
    no data.

        banc plan spec/table2.toml

        banc plan --device A100

        banc plan --format json --out plan.json

        banc plan --fail-if-run                    (in CI: is every committed stage finished?)
    """
    from banc.cli.fitted import say
    from banc.cli.output_file import output_file
    from banc.cli.show_plan import lines, listed
    from banc.cli.terminal import wants_color
    from banc.compiler import graphs_of
    from banc.graph.link import link
    from banc.machine import cpu, processes, this_device
    from banc.paths import workspace, write_atomically
    from banc.plan.costs import costs
    from banc.plan.devices import named
    from banc.plan.fresh import snapshot, state_record
    from banc.plan.plan import plan as plan_of
    from banc.plan.record import record
    from banc.plan.stale import stale
    from banc.plan.step import Run, Wait
    from banc.printable import printable_json
    from banc.read_state import read_state

    root = workspace()
    wanted, whose = _wanted(root, specs, smoke=smoke)
    graph = link([spec.graph for spec in graphs_of(root, wanted)])
    state = read_state(root, graph, all_runs=out is not None)
    made, differ = plan_of(graph, state), stale(graph, state)
    where = this_device() if device is None else named(device, state.timings, cpu(processes()))
    of_plan = costs(made, graph, state, where)
    names = list(graph.paths.values())
    written = record(made, names, of_plan, linked=not differ)
    if out is not None:
        saved = {**written, "state": state_record(snapshot(graph, state))}
        write_atomically(output_file(root, out), json.dumps(saved, indent=1, allow_nan=False) + "\n")
    if format == "json":
        print(printable_json(json.dumps(written, indent=1, allow_nan=False)))
    else:
        command = shlex.join(["banc", "compile", *(["--smoke"] if any(wanted.values()) else []), *names])
        show = listed if addresses else lines
        shown = show(made, graph, of_plan, color=wants_color(sys.stdout))
        say([f"plan of {whose}{_first(differ, command, state)}", *shown])
    if fail_if_run and (made.of(Run) or made.of(Wait)):
        raise typer.Exit(1)


def _first(differ: Sequence[str], command: str, state: State) -> str:
    """That ``command`` comes first, where generated files are not what the specs say."""
    from banc.printable import one_line

    if not differ:
        return ""
    if any(path not in state.generated for path in differ):
        return f"; `{command}` comes first"
    more = f" and {len(differ) - 1} more are" if differ[1:] else " is"
    return f"; `{one_line(differ[0])}`{more} not what the specs say, so `{command}` comes first"


def _wanted(root: Path, specs: list[Path] | None, *, smoke: bool) -> tuple[dict[Path, bool], str]:
    """The specs, whether as smoke runs, and what to call them."""
    from banc.cli.linked_specs import linked_specs
    from banc.paths import find_specs
    from banc.stage.index import INDEX

    if specs:
        return dict.fromkeys(specs, smoke), ", ".join(map(str, specs))
    if not smoke and (root / INDEX).exists():
        wanted = linked_specs(root)
        names = (
            f"{path.stem} as a smoke run" if is_smoke else path.stem for path, is_smoke in wanted.items()
        )
        return wanted, f"what is linked ({', '.join(names)})"
    return dict.fromkeys(find_specs(root), smoke), "all of spec/"
