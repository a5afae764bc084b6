"""Loaded specs and a workspace -> Document.

In: a workspace, specs, and their graphs. Out: a document, of what is finished at this moment. It takes no
lock and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import evolve, frozen

from banc import __version__, paths
from banc.compiler import SpecGraph
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
from banc.machine import Device
from banc.plan.estimate import estimate
from banc.plan.plan import plan as plan_of
from banc.plan.step import Plan
from banc.provenance.node import CellNode, ScoreNode
from banc.provenance.places import Places
from banc.provenance.subject import CellSubject
from banc.provenance.trace import Known, Number, tree
from banc.read_state import read_state
from banc.report.collect import Results, collect_details, collect_scores
from banc.report.tabulate import tabulate
from banc.stage.files import METRICS, RESULTS, folder
from banc.stage.kinds import Address, Score
from banc.stage.layout import Column, Layout, Row
from banc.state.state import State
from banc.status.stage_state import Failed, Running
from banc.status.status import Status, status


def gather(root: Path, specs: Sequence[SpecGraph], device: Device, now: float) -> Document:
    """The document of ``specs``.

    Args:
        device: for estimates of the time left.
        now: seconds since 1970, UTC.

    Raises:
        BancError: a file with metrics or a ``dvc.lock`` is damaged.
    """
    graph = link([spec.graph for spec in specs])
    state = read_state(root, graph, facts_of=graph.stages)
    plan = plan_of(graph, state)
    estimates = estimate(plan, graph, state.timings, device)
    places = {name: Places(spec.loaded, file) for spec in specs for name, file in spec.graph.paths.items()}
    seen = _Seen(root, graph, state, plan, places)
    reports = []
    for spec in specs:
        of_spec = status(graph, state, plan, estimates, frozenset({spec.layout.spec}), now)
        reports.append(_report(seen, spec.layout, of_spec, smoke=spec.smoke))
    return Document(tuple(reports), __version__)


@frozen
class _Seen:
    """A workspace at one moment."""

    root: Path
    graph: Graph
    state: State
    plan: Plan
    places: Mapping[str, Places]
    """By the name of the spec."""


def _report(seen: _Seen, layout: Layout, of_spec: Status, *, smoke: bool) -> SpecReport:
    graph, spec = seen.graph, layout.spec
    wanted = {
        address
        for address, placed in graph.stages.items()
        if isinstance(placed.stage, Score) and any(use.spec == spec for use in placed.uses)
    }
    results = collect_scores(seen.root, wanted, spec)
    states = {stage.address: stage.state for stage in of_spec.stages}
    runs = runs_of(graph, spec, layout, results, states)
    # The points of a sweep have a picture of their own, and may be a thousand.
    swept = swept_columns(layout)
    named = [run for run in runs if run.name[1] not in swept]
    details = collect_details(seen.root, wanted, spec)
    table = tabulate(layout, results, details)
    left = of_spec.time_left
    return SpecReport(
        path=graph.paths[spec],
        table=table,
        progress=Progress(
            finished=len(of_spec.finished),
            stages=len(of_spec.stages),
            numbers=len(results),
            scores=len(wanted),
            running=len(of_spec.of(Running)),
            failed=len(of_spec.of(Failed)),
            smoke=smoke,
            seconds_left=left.whole if left.known else None,
        ),
        runs=runs,
        generations=generation_panels(named, layout.on),
        sweeps=sweep_panels(runs, layout),
        curves=curve_panels(seen.root, named),
        published=published_pairs(table),
        reliability=reliability_panels(named, details),
        cost=cost_of(graph, spec, runs, seen.state.timings),
        provenance=_provenance(seen, layout, runs, results),
    )


def _provenance(seen: _Seen, layout: Layout, runs: Sequence[Run], results: Results) -> dict[Name, ScoreNode]:
    """Of each run."""
    state, spec = seen.state, layout.spec
    numbers = {address: Number(metrics, _file(spec, address, state)) for address, metrics in results.items()}
    known = Known(seen.graph, seen.places, state, seen.plan, numbers)
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
        node = tree(known, CellSubject(one, shown=True))
        assert isinstance(node, CellNode) and node.score is not None, run.name
        nodes[run.name] = node.score
    return nodes


def _file(spec: str, address: Address, state: State) -> str:
    """Where a score's numbers stand: in its own file, or in the table's committed results."""
    own = f"{folder(address)}/{METRICS}"
    return own if own in state.files else f"{paths.RESULTS}/{spec}/{RESULTS}"
