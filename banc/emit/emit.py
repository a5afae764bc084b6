"""Graph -> {path: text}: the executable that DVC runs.

In: a linked graph. Out: the text of root ``dvc.yaml`` and ``params.yaml`` and of everything in
``pipelines/``, by path relative to the workspace. A pure function: the same bytes on every machine.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from banc import paths
from banc.emit.curves import curves
from banc.emit.yaml import comment, escape, yaml
from banc.graph.graph import Graph, PlacedStage
from banc.paths import MARK, PARAMS_YAML
from banc.stage.files import METRICS, command, folder, inputs, reads, stage_text, writes
from banc.stage.index import INDEX, Index, IndexedSpec, IndexedStage, by_name, index_text, short_names
from banc.stage.kinds import Address, Table
from banc.stage.layout import Layout

DVC_YAML = "dvc.yaml"


def emit(graph: Graph) -> dict[str, str]:
    """Every generated file."""
    plots, files = curves(graph)
    groups: dict[str, dict[Address, PlacedStage]] = {}
    for address, linked in sorted(graph.stages.items()):
        files[parameter_file(address, linked)] = stage_text(linked.stage)
        groups.setdefault(linked.group, {})[address] = linked
    for group, members in groups.items():
        tables = {address: linked for address, linked in members.items() if isinstance(linked.stage, Table)}
        if tables:
            files[DVC_YAML] = _root(graph, tables, plots)
        else:
            stages = {
                address: {**_stage(address, stage), "wdir": "../.."} for address, stage in members.items()
            }
            head = f"{MARK} the specs in {PARAMS_YAML}. What stands here follows from the stages alone.\n"
            files[f"{paths.PIPELINES}/{group}/{DVC_YAML}"] = head + yaml({"stages": stages})
    files[PARAMS_YAML] = _params(graph)
    files[INDEX] = index_text(index_of(graph))
    return dict(sorted(files.items()))


def parameter_file(address: Address, linked: PlacedStage) -> str:
    """Where a stage's parameters lie."""
    return f"{paths.PIPELINES}/{linked.group}/{address}.json"


def index_of(graph: Graph) -> Index:
    """What is linked, without what the stages are."""
    specs = {
        name: IndexedSpec(path, smoke=name != PurePosixPath(path).stem) for name, path in graph.paths.items()
    }
    stages = {
        address: IndexedStage(
            linked.stage.KIND,
            linked.group,
            inputs(linked.stage),
            tuple(sorted(linked.uses, key=by_name)),
            linked.file,
            linked.names if linked.names != short_names(linked.stage.KIND, linked.uses) else (),
        )
        for address, linked in graph.stages.items()
    }
    return Index(specs, stages)


def _stage(address: Address, linked: PlacedStage) -> dict[str, Any]:
    """One entry of ``stages:``, paths relative to the workspace."""
    stage, where = linked.stage, folder(linked.stage)
    entry: dict[str, Any] = {
        "desc": escape("; ".join(sorted(linked.names))),
        "cmd": escape(command(address, linked.file)),
        "params": [{parameter_file(address, linked): None}],
    }
    if deps := [escape(path) for path in reads(stage, linked.file)]:
        entry["deps"] = deps
    outs: list[Any] = []
    for name in writes(stage):
        path = f"{where}/{name}"
        if isinstance(stage, Table):
            outs.append({path: {"cache": False}})
        elif name == METRICS:
            entry["metrics"] = [path]
        else:
            outs.append(path)
    if outs:
        entry["outs"] = outs
    return entry


def _root(graph: Graph, tables: dict[Address, PlacedStage], plots: list[dict[str, Any]]) -> str:
    specs = comment(", ".join(sorted(graph.paths.values())))
    head = (
        f"{MARK} {specs}.\n"
        "# These are the tables; what they need stands in pipelines/*/dvc.yaml and runs first.\n"
    )
    stages = {address: _stage(address, linked) for address, linked in sorted(tables.items())}
    return head + yaml({"stages": stages, **({"plots": plots} if plots else {})})


def _params(graph: Graph) -> str:
    head = f"{MARK} the specs below: what is linked now. No stage depends on this file.\n"
    return head + yaml(
        {"specs": {name: _about(graph, layout) for name, layout in sorted(graph.layouts.items())}}
    )


def _about(graph: Graph, layout: Layout) -> dict[str, Any]:
    return {
        "path": graph.paths[layout.spec],
        "title": layout.title,
        "rows": [row.label for row in layout.rows],
        "columns": [column.label for column in layout.columns],
        "seeds": layout.seeds,
    }
