"""Experiments as a picture: trees of text, Mermaid, or Graphviz.

In: checked specs. Out: text. Names are the spec's labels; seeds are told once, not drawn each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from banc.language.declare import declare
from banc.language.declared import DeclaredEnsemble, DeclaredImport, DeclaredRun, Run, RunName, upstream
from banc.language.spec import TEACHER, Spec
from banc.printable import one_line

Picture = Literal["text", "mermaid", "dot"]


def draw(specs: Mapping[str, Spec], picture: Picture) -> str:
    """Who learns from whom, and who is averaged with whom.

    Args:
        specs: by name. Several trees of text stand one below the other. Mermaid and Graphviz read one graph
            a file, so there each spec is a box of it.
    """
    match picture:
        case "text":
            return "\n".join(_text(spec, _heading(specs, name)) for name, spec in specs.items())
        case "mermaid":
            return "".join(f"{line}\n" for line in _mermaid(specs))
        case "dot":
            return "".join(f"{line}\n" for line in _dot(specs))


def _heading(specs: Mapping[str, Spec], name: str) -> str:
    """A spec's title; its name before it where there are others, since titles may be alike."""
    title = one_line(specs[name].title)
    return f"{name}: {title}" if len(specs) > 1 else title


def _label(spec: Spec, name: RunName) -> str:
    return ": ".join(_word(spec, part) for part in name)


def _word(spec: Spec, name: str) -> str:
    """A label, on one line."""
    return one_line(spec.table.labels.get(name, name))


def _edges(runs: Mapping[RunName, Run]) -> Iterator[tuple[RunName, RunName, str]]:
    """(from, to, what passes); what passes is the objective, or nothing for an ensemble's member."""
    for run in runs.values():
        match run:
            case DeclaredRun():
                if run.teacher is not None:
                    shared = f", shares {' and '.join(run.share)}" if run.share else ""
                    yield run.teacher, run.name, run.objective.slug + shared
            case DeclaredImport():
                pass
            case DeclaredEnsemble():
                for member in run.members:
                    yield member, run.name, ""


def _text(spec: Spec, heading: str) -> str:
    runs = declare(spec)
    students: dict[RunName, list[DeclaredRun]] = {}
    for run in runs.values():
        if isinstance(run, DeclaredRun) and run.teacher is not None:
            students.setdefault(run.teacher, []).append(run)
    lines = [f"{heading} ({spec.data.slug}, seeds {', '.join(map(str, spec.seeds))})"]

    def branch(run: Run, lead: str, *, last: bool) -> None:
        lines.append(f"{lead}{'└── ' if last else '├── '}{_label(spec, run.name)}{_note(run)}")
        below = students.get(run.name, [])
        for student in below:
            branch(student, lead + ("    " if last else "│   "), last=student is below[-1])

    roots = [run for run in runs.values() if not isinstance(run, DeclaredEnsemble) and not upstream(run)]
    pooled = [run for run in runs.values() if isinstance(run, DeclaredEnsemble)]
    for root in roots:
        branch(root, "", last=root is roots[-1] and not pooled)
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
            branch(student, lead, last=student is below[-1])
    return "\n".join(lines) + "\n"


def _note(run: Run) -> str:
    """What stands behind a run of the tree: what a student minimises, or that banc did not train it."""
    match run:
        case DeclaredRun(teacher=teacher, objective=objective):
            return f"  [{objective.slug}]" if teacher else ""
        case DeclaredImport():
            return f"  [trained elsewhere: {one_line(run.file)}]"
        case DeclaredEnsemble():
            return ""


def _mermaid(specs: Mapping[str, Spec]) -> Iterator[str]:
    yield "flowchart LR"
    for at, (name, spec) in enumerate(specs.items()):
        boxed = len(specs) > 1
        if boxed:
            yield f"    subgraph s{at}[{_in_mermaid(_heading(specs, name))}]"
        for line in _mermaid_lines(spec, f"s{at}r" if boxed else "r"):
            yield f"    {'    ' if boxed else ''}{line}"
        if boxed:
            yield "    end"


# What was trained elsewhere is a file, which is drawn as a drum.
_MERMAID_SHAPES: Mapping[type[Run], tuple[str, str]] = {
    DeclaredRun: ("[", "]"),
    DeclaredImport: ("[(", ")]"),
    DeclaredEnsemble: ("([", "])"),
}
_DOT_SHAPES: Mapping[type[Run], str] = {
    DeclaredRun: "",
    DeclaredImport: ", shape=cylinder",
    DeclaredEnsemble: ", shape=ellipse",
}


def _mermaid_lines(spec: Spec, prefix: str) -> Iterator[str]:
    runs = declare(spec)
    ids = {name: f"{prefix}{index}" for index, name in enumerate(runs)}
    for name, run in runs.items():
        left, right = _MERMAID_SHAPES[type(run)]
        yield f"{ids[name]}{left}{_in_mermaid(_label(spec, name))}{right}"
    for start, end, what in _edges(runs):
        arrow = f"-->|{_in_mermaid(what)}|" if what else "-.->"
        yield f"{ids[start]} {arrow} {ids[end]}"


def _in_mermaid(text: str) -> str:
    r"""A string of Mermaid. Its own entities, `#35;`, stand for what ends it or means something within it:
    tags, entities, `%%` directives, `\n`, Markdown in backticks, mathematics between dollars.
    """
    return '"' + re.sub(r'["&<>#%\\`$]', lambda special: f"#{ord(special[0])};", text) + '"'


def _dot(specs: Mapping[str, Spec]) -> Iterator[str]:
    boxed = len(specs) > 1
    yield f"digraph {_in_dot('banc' if boxed else one_line(next(iter(specs.values())).title))} {{"
    yield "  rankdir=LR;"
    yield '  node [shape=box, fontname="Helvetica"];'
    for at, (name, spec) in enumerate(specs.items()):
        if boxed:
            # Graphviz draws a box around a subgraph whose name begins with `cluster`.
            yield f"  subgraph cluster{at} {{"
            yield f"    label={_in_dot(_heading(specs, name))};"
        for line in _dot_lines(spec, f"s{at}r" if boxed else "r"):
            yield f"  {'  ' if boxed else ''}{line}"
        if boxed:
            yield "  }"
    yield "}"


def _dot_lines(spec: Spec, prefix: str) -> Iterator[str]:
    runs = declare(spec)
    ids = {name: f"{prefix}{index}" for index, name in enumerate(runs)}
    for name, run in runs.items():
        shape = _DOT_SHAPES[type(run)]
        bold = ", style=bold" if name[1] == TEACHER else ""
        yield f"{ids[name]} [label={_in_dot(_label(spec, name))}{shape}{bold}];"
    for start, end, what in _edges(runs):
        style = f"label={_in_dot(what)}" if what else "style=dashed"
        yield f"{ids[start]} -> {ids[end]} [{style}];"


def _in_dot(text: str) -> str:
    r"""A string of Graphviz. Backslashes are doubled, or `\N` in a label is the node's name; an ampersand
    would begin an entity.
    """
    return '"' + text.replace("\\", r"\\").replace('"', r"\"").replace("&", "&amp;") + '"'
