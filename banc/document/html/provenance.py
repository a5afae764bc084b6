"""How each number was made: a run's seeds, networks, teachers, recipe and data, to unfold.

In: a report of one spec. Out: HTML. It says what ``banc explain`` says, a run at a time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import PurePosixPath

from banc.digest import Json
from banc.document.document import Run, SpecReport
from banc.document.html.anchors import Anchors
from banc.document.html.text import duration, mean, text
from banc.plan.step import Keep, Restore, Step, Wait
from banc.plan.step import Run as RunStep
from banc.provenance.node import ImportedNode, Result, ScoreNode, Seen, Traced, TrainingNode
from banc.stage.files import METRICS, MODEL

_CUT = 12
"""Digits of a digest."""


def provenance_html(report: SpecReport, anchors: Anchors) -> str:
    """A block for each run, closed."""
    return "".join(
        f'<details class="made"><summary>{text(run.network)} <span class="what">{text(run.label)}</span>'
        f'<span class="figure">{text(_figure(run))}</span></summary>'
        f'<div id="{anchors[run.name]}" class="story" tabindex="-1">'
        f"{_story(report, run, report.provenance[run.name], anchors)}</div></details>\n"
        for run in report.runs
    )


def _figure(run: Run) -> str:
    known = mean(run)
    return f"{known} %, n = {len(run.errors)}" if known else run.state


def _story(report: SpecReport, run: Run, node: ScoreNode, anchors: Anchors) -> str:
    facts: list[tuple[str, str]] = [("Declared", f"<code>{text(node.line)}</code>")]
    labels = {other.name: f"{other.network}, {other.label}" for other in report.runs}

    def link(name: tuple[str, str]) -> str:
        return f'<a href="#{anchors[name]}">{text(labels[name])}</a>'

    if run.members:
        facts.append(("Mean of", ", ".join(map(link, run.members))))
    if run.teachers:
        facts.append(("Taught by", ", ".join(map(link, run.teachers))))
    network = node.members[0] if not node.ensemble and node.members else None
    match network:
        case TrainingNode():
            facts += _training(network)
            stages = {stage.seed: stage for stage in network.stages}
        case ImportedNode():
            facts.append(("Weights", f"<code>{text(network.file)}</code>, sha256 {network.digest[:_CUT]}"))
            stages = {network.stage.seed: network.stage}
        case _:
            stages = {}
    told = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts)
    return f"<dl>{told}</dl>{_seeds(node.results, stages, node)}"


def _training(node: TrainingNode) -> Iterable[tuple[str, str]]:
    weights = "" if node.weights is None else f", {node.weights:,} parameters"
    yield "Network", f"{text(node.slug)}{weights} (<code>{text(node.model_line)}</code>)"
    yield "Objective", text(node.objective)
    recipe = node.parameters.get("recipe")
    if isinstance(recipe, dict):
        yield "Recipe", f"{text(_spoken(recipe))} (<code>{text(node.recipe_line)}</code>)"
    if node.share:
        frozen = "and keeps" if node.share_frozen else "and trains on"
        yield "Shares", f"takes {text(' and '.join(node.share))} from its teacher {frozen} them"
    for teacher in node.teachers:
        yield "Teacher's outputs", teacher.how
    if not isinstance(node.data, Seen):
        train, test = node.data.source.sizes
        yield "Data", f"{text(node.data.source.SET)}, {train:,} training and {test:,} test images"
    made = dict.fromkeys(
        ", ".join(f"{key} {value[:_CUT]}" for key, value in stage.facts.made_with.items())
        for stage in node.stages
        if stage.facts
    )
    for facts in made:
        yield "Made with", text(facts)


def _spoken(recipe: dict[str, Json]) -> str:
    return ", ".join(
        f"{key} {value if isinstance(value, str) else json.dumps(value)}" for key, value in recipe.items()
    ).replace('"', "")


def _seeds(results: Iterable[Result], stages: dict[int | None, Traced], node: ScoreNode) -> str:
    rows = []
    for result in results:
        seed = result.stage.seed
        numbers = ("", "")
        if result.metrics is not None:
            numbers = (f"{result.metrics.error:.3f}", f"{result.metrics.loss:.4f}")
        trained = stages.get(seed, stages.get(None))
        where, digest, took = "", "", ""
        if trained is not None:
            where = f"{PurePosixPath(trained.outputs[0].path).parent}/"
            digest = _digest(trained, MODEL)
            took = "" if trained.timing is None else duration(trained.timing.whole)
        rows.append(
            f"<tr><td>{'all' if seed is None else seed}</td>"
            f'<td class="n">{numbers[0]}</td><td class="n">{numbers[1]}</td>'
            f"<td>{_files(where, digest, result)}</td>"
            f'<td class="n">{took}</td><td>{_now(result.stage.step)}</td></tr>\n'
        )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="Seeds of {text(node.model)} '
        f'{text(node.column)}"><table class="seeds"><thead><tr><th scope="col">seed</th>'
        '<th scope="col" class="n">error, %</th><th scope="col" class="n">loss</th>'
        '<th scope="col">files, with MD5</th><th scope="col" class="n">took</th><th scope="col">now</th>'
        f"</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _files(where: str, digest: str, result: Result) -> str:
    trained = f"<code>{text(where)}</code> {digest}<br>" if where else ""
    scored = f"{PurePosixPath(result.stage.outputs[0].path).parent}/"
    return f"{trained}<code>{text(scored)}</code> {_digest(result.stage, METRICS)}"


def _digest(stage: Traced, name: str) -> str:
    for output in stage.outputs:
        if output.path.endswith(f"/{name}") and output.recorded is not None and output.recorded.md5:
            return text(output.recorded.md5[:_CUT])
    return ""


def _now(step: Step) -> str:
    match step.action:
        case Keep():
            return "as recorded"
        case Restore():
            return "in DVC's cache"
        case RunStep():
            return "would run"
        case Wait():
            return "waits"
