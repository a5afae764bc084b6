"""An experiment as a picture: a tree of text, Mermaid, or Graphviz.

In: a checked spec. Out: text. Names are the spec's labels; seeds are told once, not drawn each.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Literal

from banc.spec.declare import Pooled, Run, RunName, Trained, declare
from banc.spec.language import TEACHER, Spec

Picture = Literal["text", "mermaid", "dot"]


def draw(spec: Spec, picture: Picture) -> str:
    """Who learns from whom, and who is averaged with whom."""
    runs = declare(spec)
    match picture:
        case "text":
            return _text(spec, runs)
        case "mermaid":
            return _mermaid(spec, runs)
        case "dot":
            return _dot(spec, runs)


def _label(spec: Spec, name: RunName) -> str:
    return ": ".join(_word(spec, part) for part in name)


def _word(spec: Spec, name: str) -> str:
    """A label, on one line."""
    return " ".join(spec.table.labels.get(name, name).split())


def _edges(runs: Mapping[RunName, Run]) -> Iterator[tuple[RunName, RunName, str]]:
    """(from, to, what passes); what passes is the objective, or nothing for an ensemble's member."""
    for run in runs.values():
        match run:
            case Trained():
                if run.teacher is not None:
                    shared = f", shares {' and '.join(run.share)}" if run.share else ""
                    yield run.teacher, run.name, run.objective.slug + shared
            case Pooled():
                for member in run.members:
                    yield member, run.name, ""


def _text(spec: Spec, runs: Mapping[RunName, Run]) -> str:
    students: dict[RunName, list[Trained]] = {}
    for run in runs.values():
        if isinstance(run, Trained) and run.teacher is not None:
            students.setdefault(run.teacher, []).append(run)
    lines = [f"{' '.join(spec.title.split())} ({spec.data.slug}, seeds {', '.join(map(str, spec.seeds))})"]

    def branch(run: Run, lead: str, last: bool) -> None:
        note = f"  [{run.objective.slug}]" if isinstance(run, Trained) and run.teacher else ""
        lines.append(f"{lead}{'└── ' if last else '├── '}{_label(spec, run.name)}{note}")
        below = students.get(run.name, [])
        for student in below:
            branch(student, lead + ("    " if last else "│   "), student is below[-1])

    roots = [run for run in runs.values() if isinstance(run, Trained) and run.teacher is None]
    pooled = [run for run in runs.values() if isinstance(run, Pooled)]
    for root in roots:
        branch(root, "", root is roots[-1] and not pooled)
    for pool in pooled:
        lead = "    " if pool is pooled[-1] else "│   "
        # A student of an ensemble hangs below it; it has no other teacher.
        members = " + ".join(
            _label(spec, name) if name[0] != pool.name[0] else _word(spec, name[1]) for name in pool.members
        )
        seeds = ", all seeds" if pool.across_seeds else ""
        lines.append(
            f"{'└── ' if pool is pooled[-1] else '├── '}{_label(spec, pool.name)} = mean of {members}{seeds}"
        )
        below = students.get(pool.name, [])
        for student in below:
            branch(student, lead, student is below[-1])
    return "\n".join(lines) + "\n"


def _mermaid(spec: Spec, runs: Mapping[RunName, Run]) -> str:
    def quote(text: str) -> str:
        return '"' + text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;") + '"'

    ids = {name: f"r{index}" for index, name in enumerate(runs)}
    lines = ["flowchart LR"]
    for name, run in runs.items():
        left, right = ("([", "])") if isinstance(run, Pooled) else ("[", "]")
        lines.append(f"    {ids[name]}{left}{quote(_label(spec, name))}{right}")
    for start, end, what in _edges(runs):
        arrow = f"-->|{quote(what)}|" if what else "-.->"
        lines.append(f"    {ids[start]} {arrow} {ids[end]}")
    return "\n".join(lines) + "\n"


def _dot(spec: Spec, runs: Mapping[RunName, Run]) -> str:
    def quote(text: str) -> str:
        # JSON's strings, with a backslash doubled, are Graphviz's.
        return json.dumps(text, ensure_ascii=False)

    ids = {name: f"r{index}" for index, name in enumerate(runs)}
    lines = [f"digraph {quote(spec.title)} {{", "  rankdir=LR;", '  node [shape=box, fontname="Helvetica"];']
    for name, run in runs.items():
        shape = ", shape=ellipse" if isinstance(run, Pooled) else ""
        bold = ", style=bold" if name[1] == TEACHER else ""
        lines.append(f"  {ids[name]} [label={quote(_label(spec, name))}{shape}{bold}];")
    for start, end, what in _edges(runs):
        style = f"label={quote(what)}" if what else "style=dashed"
        lines.append(f"  {ids[start]} -> {ids[end]} [{style}];")
    return "\n".join([*lines, "}"]) + "\n"
