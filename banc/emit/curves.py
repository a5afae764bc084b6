"""Graph -> what ``dvc plots show`` draws: a plot for each network on a data set, readable by names of people.

In: a graph. Out: entries for ``plots:`` of root ``dvc.yaml``, and the Vega-Lite templates that they name. DVC
knows a curve by the path of its file alone. So a template holds what each training is called, and looks it up
by the address in that path. What is drawn follows the page of ``banc report``: a colour for each run, the
seeds as a band around their mean, and errors on held-out images as dots.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter
from typing import Any

from attrs import frozen

from banc import paths
from banc.digest import Json
from banc.emit.yaml import escape
from banc.graph.graph import Graph, PlacedStage
from banc.palette import LINES, place
from banc.paths import CURVES
from banc.stage.files import ERROR_ON, HISTORY, folder, inputs
from banc.stage.index import Use, by_name
from banc.stage.kinds import Address, Part, Train

_DASHES = ([1, 0], [6, 2], [2, 2], [8, 2, 2, 2])
"""Lines, where there are more runs than colours."""

_SHOWN = 2
"""So many names of one network stand in a title."""

_NAMES = "\0"
"""Stands for the names until they are written; no name has this character."""

Group = Mapping[Address, PlacedStage]


@frozen
class _Training:
    address: Address
    run: str
    """What people call it, without its seed."""
    seed: str
    generation: int


def curves(graph: Graph) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The entries of ``plots:``, by group, and the templates' texts by path."""
    groups: dict[str, dict[Address, PlacedStage]] = {}
    for address, placed in sorted(graph.stages.items()):
        if isinstance(placed.stage, Train):
            groups.setdefault(placed.group, {})[address] = placed
    generations = _generations(graph)
    entries: list[dict[str, Any]] = []
    templates: dict[str, str] = {}
    for group, members in sorted(groups.items()):
        template = f"{paths.PIPELINES}/{group}/{CURVES}"
        part = _held_out(members)
        models = sorted({use.model for use in _uses(members) if use.model})
        more = f" and {len(models) - _SHOWN} more" if len(models) > _SHOWN else ""
        title = ", ".join(models[:_SHOWN]) + more
        histories = [f"{folder(placed.stage)}/{HISTORY}" for placed in members.values()]
        properties = {"x": "epoch", "y": dict.fromkeys(histories, "error"), "template": template}
        entries.append({group: {**properties, "title": escape(f"{title}: training and {part} error")}})
        templates[template] = _text(_trainings(members, generations), part)
    return entries, templates


def _trainings(members: Group, generations: Mapping[Address, int]) -> list[_Training]:
    """By generation, then by name: the order of colours."""
    uses = list(_uses(members))
    models = len({use.model for use in uses}) > 1
    specs = {frozenset(use.spec for use in placed.uses) for placed in members.values()}
    trainings = []
    for address, placed in members.items():
        several = sorted(placed.uses, key=by_name)
        run = " = ".join(
            dict.fromkeys(f"{use.model} {use.column}" if models else f"{use.column}" for use in several)
        )
        # Where specs call different networks by one name.
        where = f" ({', '.join(sorted({use.spec for use in several}))})" if len(specs) > 1 else ""
        seeds = ", ".join(sorted({str(use.seed) for use in several if use.seed is not None}))
        trainings.append(_Training(address, run + where, seeds, generations[address]))
    return sorted(
        trainings, key=lambda training: (training.generation, training.run, training.seed, training.address)
    )


def _held_out(members: Group) -> Part:
    """The images that a curve's dots are of: all trainings on a data set have the same."""
    stage = next(iter(members.values())).stage
    return "validation" if isinstance(stage, Train) and stage.validation else "test"


def _uses(members: Group) -> Iterable[Use]:
    return (use for placed in members.values() for use in placed.uses)


def _generations(graph: Graph) -> dict[Address, int]:
    """By stage: the number of trainings on the longest way to it, its own included."""
    above = {
        address: [other for several in inputs(placed.stage).values() for other in several]
        for address, placed in graph.stages.items()
    }
    count: dict[Address, int] = {}
    for address in TopologicalSorter(above).static_order():
        itself = isinstance(graph.stages[address].stage, Train)
        count[address] = itself + max((count[other] for other in above[address]), default=0)
    return count


def _text(trainings: list[_Training], part: Part) -> str:
    held_out = f"datum.{ERROR_ON[part]}"
    runs = list(dict.fromkeys(training.run for training in trainings))
    template: dict[str, Json] = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "description": "Generated by `banc compile`: how `dvc plots show` draws the curves of this folder.",
        "data": {"values": "<DVC_METRIC_DATA>"},
        "title": {"text": "<DVC_METRIC_TITLE>", "anchor": "start"},
        "transform": [
            {"calculate": "split(datum.filename, '/')", "as": "path"},
            {"calculate": "datum.path[length(datum.path) - 2]", "as": "stage"},
            {
                "lookup": "stage",
                # Each on a line of its own below.
                "from": {"data": {"values": _NAMES}, "key": "stage", "fields": ["run", "seed"]},
            },
            # `dvc plots diff` draws other revisions, too, by this template.
            {"calculate": "isValid(datum.run) ? datum.run : datum.stage", "as": "run"},
            {"calculate": "toNumber(datum.epoch)", "as": "at"},
            {"calculate": "toNumber(datum.error)", "as": "trained"},
            {
                "calculate": f"isValid({held_out}) && {held_out} !== '' ? toNumber({held_out}) : null",
                "as": "tested",
            },
        ],
        "width": 460,
        "height": 300,
        "encoding": {
            "x": {
                "field": "at",
                "type": "quantitative",
                "title": "epoch",
                "scale": {"nice": False, "padding": 8},
            },
            "color": _told_apart(runs, [LINES[place(at)].light for at in range(len(runs))]),
        },
        "layer": _layers(_told_apart(runs, [_DASHES[_round(at)] for at in range(len(runs))]), part),
    }
    names = ",\n ".join(
        json.dumps(
            {"stage": training.address, "run": training.run, "seed": training.seed}, ensure_ascii=False
        )
        for training in trainings
    )
    lines = ",\n".join(
        f"{json.dumps(key)}: {json.dumps(template[key], ensure_ascii=False)}" for key in template
    )
    return "{\n" + lines.replace(json.dumps(_NAMES), f"[\n {names}\n]") + "\n}\n"


def _round(at: int) -> int:
    """How often all colours were given before the run at this place."""
    return max(0, at - 1) // (len(LINES) - 1) % len(_DASHES)


def _told_apart(runs: list[str], values: list[Json]) -> dict[str, Json]:
    return {
        "field": "run",
        "type": "nominal",
        "title": "run: a click shows it alone",
        "scale": {"domain": [*runs], "range": values},
        "legend": {
            "symbolType": "stroke",
            "symbolOpacity": 1,
            "symbolStrokeWidth": 2,
            "labelLimit": 0,
            "symbolLimit": 0,
            "columns": 1 + len(runs) // 24,
        },
    }


def _layers(dashes: dict[str, Json], part: Part) -> list[Json]:
    """A band over the seeds and their mean, and the same of the held-out images as a bar and a dot."""

    def opacity(shown: float) -> dict[str, Json]:
        return {"condition": {"param": "chosen", "value": shown}, "value": shown / 10}

    error: dict[str, Json] = {
        "title": f"error, % (line: training, dots: {part})",
        "type": "quantitative",
        # The end of a training is what differs, and its beginning is far above it.
        "scale": {"type": "sqrt"},
        "axis": {"values": [0, 1, 2, 5, 10, 20, 40, 60, 80, 100]},
        "stack": None,
    }
    held_out: dict[str, Json] = {"field": "tested", **error}
    chosen: Json = {"name": "chosen", "select": {"type": "point", "fields": ["run"]}, "bind": "legend"}
    tested: Json = {"filter": "isValid(datum.tested)"}
    return [
        {
            "mark": "area",
            "params": [chosen],
            "encoding": {
                "y": {"aggregate": "min", "field": "trained", **error},
                "y2": {"aggregate": "max", "field": "trained"},
                "opacity": opacity(0.16),
            },
        },
        {
            "mark": "line",
            "encoding": {
                "y": {"aggregate": "mean", "field": "trained", **error},
                "strokeDash": dashes,
                "opacity": opacity(1),
            },
        },
        {
            "transform": [tested],
            "mark": "rule",
            "encoding": {
                "y": {"aggregate": "min", **held_out},
                "y2": {"aggregate": "max", "field": "tested"},
                "opacity": opacity(0.6),
            },
        },
        {
            "transform": [tested],
            "mark": {"type": "point", "filled": True, "size": 36},
            "encoding": {
                "y": {"aggregate": "mean", **held_out},
                "opacity": opacity(0.9),
                "tooltip": [
                    {"field": "run", "type": "nominal"},
                    {"field": "at", "type": "quantitative", "title": "epoch"},
                    *(
                        {"aggregate": of, "field": "tested", "type": "quantitative", "title": f"{of}, %"}
                        for of in ("mean", "min", "max")
                    ),
                    {"aggregate": "count", "title": "seeds"},
                ],
            },
        },
    ]
