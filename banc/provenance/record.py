"""An explanation as JSON, for programs.

In: an explanation. Out: plain values, as ``docs/explain.schema.json`` describes them. A later version of the
same first number only adds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from banc.digest import Json
from banc.plan.record import step_record
from banc.plan.step import Step
from banc.printable import utc
from banc.provenance.node import (
    Below,
    CellNode,
    DataNode,
    Explanation,
    ImportedNode,
    Node,
    Output,
    Result,
    ScoreNode,
    Seen,
    TableNode,
    TeacherNode,
    Traced,
    TrainingNode,
)
from banc.report.record import record as cell_record
from banc.stage.metrics import metrics_record
from banc.state.state import File

VERSION = "1.3"


def record(explanation: Explanation) -> dict[str, Json]:
    """All of ``explanation``."""
    return {
        "explain_version": VERSION,
        "linked": explanation.linked,
        "tree": _node(explanation.node),
        "if_changed": _below(explanation.below),
    }


def _node(node: Node) -> dict[str, Json]:
    match node:
        case CellNode():
            return {
                "node": "cell",
                "spec": node.spec,
                "row": node.row,
                "column": node.column,
                "line": str(node.line),
                "shown": node.shown,
                "digits": node.digits,
                "on": node.on,
                **cell_record(node.cell, node.quantity),
                "published_line": None if node.published_line is None else str(node.published_line),
                "score": None if node.score is None else _node(node.score),
                "network": None if node.network is None else _node(node.network),
            }
        case TableNode():
            return {
                "node": "table",
                "spec": node.spec,
                "line": str(node.line),
                "stage": _traced(node.stage),
                "scores": [step_record(step) for step in node.scores],
            }
        case ScoreNode():
            return {
                "node": "score",
                "run": f"{node.model}/{node.column}",
                "line": str(node.line),
                "ensemble": node.ensemble,
                **({"average": node.average} if node.ensemble else {}),
                "results": [_result(result) for result in node.results],
                "members": [_node(member) for member in node.members],
            }
        case TrainingNode():
            return {
                "node": "training",
                "run": f"{node.model}/{node.column}",
                "line": str(node.line),
                "model": {"line": str(node.model_line), "slug": node.slug, "parameters": node.weights},
                "recipe": {"line": str(node.recipe_line)},
                "objective": node.objective,
                "fields": dict(node.parameters),
                "share": list(node.share),
                "share_frozen": node.share_frozen,
                "stages": [
                    {**_traced(stage), "trains_with": node.seeds[stage.address]} for stage in node.stages
                ],
                "teachers": [_node(teacher) for teacher in node.teachers],
                "data": _node(node.data),
            }
        case ImportedNode():
            return {
                "node": "imported",
                "run": f"{node.model}/{node.column}",
                "line": str(node.line),
                "model": {"line": str(node.model_line), "slug": node.slug, "parameters": node.weights},
                "file": node.file,
                "sha256": node.digest,
                "stage": _traced(node.stage),
                "data": _node(node.data),
            }
        case TeacherNode():
            return {
                "node": "teacher",
                "outputs": "stored" if node.stores else "live",
                "views": node.views,
                "epochs": node.epochs,
                "stores": [_traced(store) for store in node.stores],
                "network": _node(node.network),
            }
        case DataNode():
            train, test = node.source.sizes
            return {
                "node": "data",
                "set": node.source.SET,
                "line": str(node.line),
                "images": {
                    "train": train,
                    "test": test,
                    **({"validation": node.source.validation} if node.source.validation else {}),
                },
                "sha256": getattr(node.source, "sha256", None),
                "stage": _traced(node.stage),
            }
        case Seen():
            return {"node": "seen", "name": node.name}


def _result(result: Result) -> dict[str, Json]:
    metrics = None if result.metrics is None else metrics_record(result.metrics)
    return {
        "seed": result.stage.seed,
        "metrics": metrics,
        "file": result.file,
        "stage": _traced(result.stage),
    }


def _traced(stage: Traced) -> dict[str, Json]:
    value: dict[str, Json] = {
        "address": stage.address,
        "seed": stage.seed,
        "for_seed": stage.for_seed,
        "parameter_file": stage.parameter_file,
        "lock": stage.lock,
        "outputs": [_output(output) for output in stage.outputs],
        "now": step_record(stage.step),
        "facts": None,
        "timing": None,
    }
    if stage.timing is not None:
        value["timing"] = {
            "seconds": stage.timing.whole,
            "ended": utc(stage.timing.ended),
            "gpu_joules": None if stage.energy is None else stage.energy.gpus,
            "cpu_joules": None if stage.energy is None else stage.energy.cpus,
        }
    if stage.facts is not None:
        value["facts"] = {
            "file": stage.facts_file,
            "made_with": dict(stage.facts.made_with),
            "made_with_before": [dict(before) for before in stage.facts.before],
        }
    return value


def _output(output: Output) -> dict[str, Json]:
    return {"path": output.path, "recorded": _file(output.recorded), "now": _file(output.now)}


def _file(file: File | None) -> dict[str, Json] | None:
    return None if file is None else {"md5": file.md5, "bytes": file.size}


def _below(below: Below) -> dict[str, Json]:
    return {
        "of": list(below.of),
        "counts": dict(_counts(below.steps)),
        "tables": list(below.tables),
        "stages": [
            {"address": step.address, "kind": step.kind, "names": list(step.names)} for step in below.steps
        ],
    }


def _counts(steps: Iterable[Step]) -> Counter[str]:
    return Counter(step.kind for step in steps)
