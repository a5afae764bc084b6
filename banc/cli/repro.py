"""``banc repro``."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from banc.engine.event import Event
    from banc.engine.machine import Machine
    from banc.engine.watched import Watched
    from banc.engine.work import Work
    from banc.graph.graph import Graph
    from banc.plan.step import Plan
    from banc.stage.index import Index
    from banc.state.state import State

BESIDE = "nothing is run here beside them"


def repro(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Specs, runs (MODEL/COLUMN) or addresses of stages: these and what they need. "
            "Default: all that is linked.",
            metavar="SPEC|RUN...",
            show_default=False,
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "-j",
            "--jobs",
            min=1,
            help="Stages at once. Default: one for each place on a GPU; without a GPU, one for each core.",
            metavar="N",
            show_default=False,
        ),
    ] = None,
    gpus: Annotated[
        str | None,
        typer.Option(
            help="Which GPUs: 0,2. Default: all that are visible.", metavar="LIST", show_default=False
        ),
    ] = None,
    per_gpu: Annotated[
        str,
        typer.Option(
            help="Trainings and predictions at once on each GPU: a number, or `auto`, as many as fit by the "
            "memory that ones like them took before.",
            metavar="K",
        ),
    ] = "1",
    plan: Annotated[
        Path | None,
        typer.Option(
            "--plan",
            help="Run what `banc plan --out FILE` wrote, and nothing if the workspace has moved since.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    fork: Annotated[
        bool,
        typer.Option(
            "--fork/--no-fork",
            help="Fork stages of one process that has imported PyTorch, or start Python for each.",
        ),
    ] = True,
) -> None:
    """Run what `dvc repro` would run, several stages at a time.

    Runs what is linked (`banc compile`), each training and each prediction on a GPU of its own, and leaves
    the same outputs, the same dvc.lock and the same cache as `dvc repro`. A failure costs only what depends
    on it. Can be stopped and called again at any time: what has ended is not run again.

        banc repro

        banc repro spec/table2.toml --gpus 0,2

        banc repro densenet/ban-1 -j 2

        banc plan --out plan.json && banc repro --plan plan.json
    """
    from banc.cli.live_repro import live
    from banc.cli.show_repro import Lines, told
    from banc.cli.terminal import wants_screen
    from banc.engine.claim import claim
    from banc.engine.kept_locks import put_back_half
    from banc.engine.machine import machine as machine_of
    from banc.engine.repro import repro as repro_of
    from banc.engine.saved_plan import hold, read_saved
    from banc.engine.wanted import wanted
    from banc.errors import UsageError
    from banc.jobs.journal import refuse_beside_jobs
    from banc.paths import workspace
    from banc.read_state import read_state
    from banc.stage.index import read_index
    from banc.state.progress import failures

    root = workspace()
    index = read_index(root)
    saved = None
    if plan is not None:
        if names:
            raise UsageError("`--plan` says what to run", hint="leave out the names, or `--plan`")
        saved = read_saved(plan)
        names = [str(root / spec) for spec in saved.specs]
    graph = wanted(root, index, names or [])
    if per_gpu != "auto" and not (per_gpu.isdecimal() and int(per_gpu)):
        raise UsageError(f"`--per-gpu {per_gpu}`", hint="expected a number from 1, or `auto`")
    most = None if per_gpu == "auto" else int(per_gpu)
    machine = machine_of(os.environ, gpus=gpus, per_gpu=most, jobs=jobs, fork=fork)
    refuse_beside_jobs(root, BESIDE)
    with claim(root):
        put_back_half(root)  # what a machine that died while DVC wrote it has left half
        refuse_beside_jobs(root, BESIDE)  # which `banc submit` may have submitted meanwhile
        if saved is not None:
            hold(saved, graph, read_state(root, graph, all_runs=True), index)
        made, work, state = _plan_and_restore(root, graph, machine)
        screen = wants_screen(sys.stdout) and bool(work.jobs)
        lines = Lines(index, len(work.jobs) + len(work.tables), few=screen)
        if screen:
            watched = _watched(root, index, graph, made, state)

            def say(event: Event) -> None:
                watched.note(event, time.time())
                lines.say(event)

            with live(watched.status, sys.stdout):
                outcome = repro_of(root, work, state, machine, say)
        else:
            outcome = repro_of(root, work, state, machine, lines.say)
    if error := told(outcome, index, lines, failures(root, outcome.failed)):
        raise error


def _plan_and_restore(root: Path, graph: Graph, machine: Machine) -> tuple[Plan, Work, State]:
    """What is to be run, once DVC's cache has given back what it has.

    Raises:
        BancError: DVC could not restore something.
    """
    from banc.cli.behind import behind
    from banc.cli.fitted import say
    from banc.cli.show_repro import first_line
    from banc.engine.repro import restore
    from banc.errors import BancError

    made, work, state = _plan(root, graph)
    say([first_line(made, machine)])
    if note := behind(root, state):
        print(f"note: {note}; this runs what was compiled", file=sys.stderr)
    if work.restore:
        why = restore(root, work)
        wanted_back = len(work.restore)
        made, work, state = _plan(root, graph)
        if work.restore:
            raise BancError(
                f"DVC could not restore {work.restore[0].address}: {why or 'no reason given'}",
                hint="`dvc checkout` says more",
            )
        print(f"{wanted_back} restored")
    return made, work, state


def _plan(root: Path, graph: Graph) -> tuple[Plan, Work, State]:
    from banc.engine.work import work
    from banc.plan.plan import plan
    from banc.read_state import read_state

    state = read_state(root, graph)
    made = plan(graph, state)
    return made, work(graph, made, state.timings.every), state


def _watched(root: Path, index: Index, graph: Graph, plan: Plan, state: State) -> Watched:
    from attrs import evolve

    from banc.engine.watched import Watched
    from banc.machine import this_device
    from banc.plan.estimate import estimate
    from banc.state.progress import heartbeats

    estimates = estimate(plan, graph, state.timings, this_device())
    specs = {use.spec for placed in graph.stages.values() for use in placed.uses}
    paths = {name: spec.path for name, spec in index.specs.items() if name in specs}
    return Watched(
        evolve(graph, paths=paths), plan, estimates, lambda of: heartbeats(root, of), since=time.time()
    )
