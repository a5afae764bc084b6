"""Loaded specs and a workspace -> Document.

In: a workspace, specs, and their graphs. Out: a document, of what is finished at this moment. It takes no
lock and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import evolve

from banc import __version__, paths
from banc.document.cost import cost_of
from banc.document.curves import curve_panels
from banc.document.document import Document, Name, Progress, Run, SpecReport
from banc.document.generations import generation_panels
from banc.document.published import published_pairs
from banc.document.reliability import reliability_panels
from banc.document.runs import runs_of
from banc.document.sweeps import sweep_panels, swept_columns
from banc.graph.graph import Graph
from banc.graph.link import link
from banc.language.load import Loaded
from banc.machine import Device
from banc.plan.estimate import estimate
from banc.plan.plan import plan as plan_of
from banc.plan.step import Plan
from banc.provenance.node import CellNode, ScoreNode
from banc.provenance.places import Places
from banc.provenance.subject import CellSubject
from banc.provenance.trace import Number, tree
from banc.read_state import read_state
from banc.report.collect import Results, collect_details, collect_scores
from banc.report.tabulate import tabulate
from banc.stage.files import METRICS, RESULTS, folder
from banc.stage.kinds import Address, Score
from banc.stage.layout import Column, Layout, Row
from banc.state.state import State
from banc.status.stage_state import Failed, Running
from banc.status.status import Status, status


def gather(
    root: Path, specs: Sequence[tuple[Loaded, Graph]], device: Device, now: float, *, smoke: frozenset[str]
) -> Document:
    """The document of ``specs``, each with its graph.

    Args:
        device: for estimates of the time left.
        now: seconds since 1970, UTC.
        smoke: the tables that are smoke runs, by name.

    Raises:
        BancError: a file with metrics or a ``dvc.lock`` is damaged.
    """
    graph = link([of_spec for _, of_spec in specs])
    state = read_state(root, graph, facts_of=graph.stages)
    plan = plan_of(graph, state)
    estimates = estimate(plan, graph, state.timings, device)
    places = {name: Places(loaded, file) for loaded, of_spec in specs for name, file in of_spec.paths.items()}
    reports = []
    for _, of_spec in specs:
        ((spec, layout),) = of_spec.layouts.items()
        of_state = status(graph, state, plan, estimates, frozenset({spec}), now)
        reports.append(_report(root, graph, spec, layout, state, plan, of_state, places, smoke=spec in smoke))
    return Document(tuple(reports), __version__)


def _report(
    root: Path,
    graph: Graph,
    spec: str,
    layout: Layout,
    state: State,
    plan: Plan,
    of_state: Status,
    places: Mapping[str, Places],
    *,
    smoke: bool,
) -> SpecReport:
    wanted = {
        address
        for address, placed in graph.stages.items()
        if isinstance(placed.stage, Score) and any(use.spec == spec for use in placed.uses)
    }
    results = collect_scores(root, wanted, spec)
    states = {stage.address: stage.state for stage in of_state.stages}
    runs = runs_of(graph, spec, layout, results, states)
    # The points of a sweep have a picture of their own, and may be a thousand.
    swept = swept_columns(layout)
    named = [run for run in runs if run.name[1] not in swept]
    details = collect_details(root, wanted, spec)
    table = tabulate(layout, results, details)
    left = of_state.time_left
    return SpecReport(
        path=graph.paths[spec],
        table=table,
        progress=Progress(
            finished=len(of_state.finished),
            stages=len(of_state.stages),
            numbers=len(results),
            scores=len(wanted),
            running=len(of_state.of(Running)),
            failed=len(of_state.of(Failed)),
            smoke=smoke,
            seconds_left=left.whole if left.known else None,
        ),
        runs=runs,
        generations=generation_panels(named, layout.on),
        sweeps=sweep_panels(runs, layout),
        curves=curve_panels(root, named),
        published=published_pairs(table),
        reliability=reliability_panels(named, details),
        cost=cost_of(graph, spec, runs, state.timings),
        provenance=_provenance(graph, spec, layout, runs, results, state, plan, places),
    )


def _provenance(
    graph: Graph,
    spec: str,
    layout: Layout,
    runs: Sequence[Run],
    results: Results,
    state: State,
    plan: Plan,
    places: Mapping[str, Places],
) -> dict[Name, ScoreNode]:
    """Of each run."""
    numbers = {address: Number(metrics, _file(spec, address, state)) for address, metrics in results.items()}
    nodes = {}
    for run in runs:
        model, column = run.name
        one = evolve(
            layout,
            rows=(Row(model, model),),
            columns=(Column(column, column, "error"),),
            scores={run.name: tuple(run.scores.values())},
            published={},
            other_runs={},
        )
        node = tree(graph, places, state, plan, numbers, CellSubject(one, shown=True))
        assert isinstance(node, CellNode) and node.score is not None, run.name
        nodes[run.name] = node.score
    return nodes


def _file(spec: str, address: Address, state: State) -> str:
    """Where a score's numbers stand: in its own file, or in the table's committed results."""
    own = f"{folder(address)}/{METRICS}"
    return own if own in state.files else f"{paths.RESULTS}/{spec}/{RESULTS}"
