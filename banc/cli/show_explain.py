"""An explanation as text.

In: an explanation. Out: lines for people: a tree from the number to the data, then what depends on it.
"""

from __future__ import annotations

from collections.abc import Iterator

from banc.cli.behind import BEHIND
from banc.cli.show_plan import counts, names, together
from banc.cli.show_recipe import objective, recipe
from banc.cli.show_traced import file_lines, folder, label, made_with, seeds, stage_lines, state
from banc.cli.tree import Branch, drawn
from banc.plan.step import Keep, Restore, Run, Wait
from banc.printable import one_line
from banc.provenance.node import (
    CellNode,
    DataNode,
    Explanation,
    ImportedNode,
    Node,
    Result,
    ScoreNode,
    Seen,
    TableNode,
    TeacherNode,
    TrainingNode,
)
from banc.provenance.places import Line
from banc.report.cells import Counted, MeasuredCell, NotRun, Unfinished
from banc.report.quantities import words
from banc.report.wording import SPREADS, count, shortest, wording

SHOWN = 12
"""Runs that ``if_changed`` lists, at most."""


def lines(
    explanation: Explanation, *, if_changed: bool, color: bool, width: int | None = None
) -> Iterator[str]:
    """The tree, and in a line what depends on it; with ``if_changed`` that alone, by name.

    ``width``: in characters; None: lines are as long as what they say.
    """
    if not explanation.linked:
        yield BEHIND
        yield ""
    if not if_changed:
        yield from drawn(_Shown(explanation, color=color).branch(explanation.node), width)
        yield ""
    yield from _below(explanation, listed=if_changed)


class _Shown:
    """Nodes as branches."""

    def __init__(self, explanation: Explanation, *, color: bool) -> None:
        self._names, self._color = explanation.names, color
        cell = explanation.node if isinstance(explanation.node, CellNode) else None
        self._digits = cell.digits if cell else 2
        # Files of scores hold errors, whatever the cell shows.
        self._what = "error " if cell and cell.quantity != "error" else ""
        self._told: set[str] = set()

    def branch(self, node: Node) -> Branch:
        match node:
            case CellNode():
                return self._cell(node)
            case TableNode():
                return self._table(node)
            case ScoreNode():
                return self._score(node)
            case TrainingNode():
                return self._training(node)
            case ImportedNode():
                return self._imported(node)
            case TeacherNode():
                return self._teacher(node)
            case DataNode():
                train, test = node.source.sizes
                held_out = f" + {node.source.validation:,} for validation" if node.source.validation else ""
                head = f"data: {node.source.slug}, {train:,}{held_out} + {test:,} images{_at(node.line)}"
                return Branch(head, tuple(stage_lines([node.stage], self._names, color=self._color)))
            case Seen(name):
                return Branch(f"{one_line(name)}: as above")

    def _cell(self, node: CellNode) -> Branch:
        pieces = wording(node.cell, node.quantity, node.digits, node.spread).pieces
        number = " ".join(pieces[piece] for piece in ("value", "spread", "progress") if piece in pieces)
        where = f"{node.row}/{node.column} of {node.spec}" + (
            "" if node.shown else ", in no cell of its table"
        )
        notes = [_unit(node), f"table      {node.spec}{_at(node.line)}"]
        if node.published_line is not None and node.cell.published is not None:
            notes.append(f"published  {shortest(node.cell.published)}{_at(node.published_line)}")
        children: tuple[Branch, ...] = ()
        if node.score is not None:
            score = self._score(node.score)
            if (node.score.model, node.score.column) != (node.row, node.column):
                notes.append(f"shows      {score.head}")
            notes += score.notes
            children = score.children
        if node.network is not None:
            children = (self.branch(node.network),)
        return Branch(f"{number}   {one_line(where)}", tuple(notes), children)

    def _table(self, node: TableNode) -> Branch:
        states = [
            f"{number} {word}"
            for kind, word in (
                (Keep, "kept"),
                (Restore, "to restore"),
                (Run, "to run"),
                (Wait, "that may run"),
            )
            if (number := sum(isinstance(step.action, kind) for step in node.scores))
        ]
        return Branch(
            f"table {node.spec}{_at(node.line)}",
            (
                *stage_lines([node.stage], self._names, color=self._color),
                f"scores     {', '.join(states)}",
                f"cells      `banc explain {node.spec} ROW/COLUMN` explains one",
            ),
        )

    def _score(self, node: ScoreNode) -> Branch:
        stages = [result.stage for result in node.results]
        notes: list[str] = []
        for result in node.results:
            notes += self._result(result, alone=len(stages) == 1)
        what = "score of"
        if node.ensemble:
            what = "ensemble"
            notes.append(f"ensemble   mean of its members' {node.average}{_at(node.line)}")
        head = one_line(f"{what} {node.model} {node.column}{seeds(stages)}")
        return Branch(head, tuple(notes), tuple(self.branch(member) for member in node.members))

    def _result(self, result: Result, *, alone: bool) -> Iterator[str]:
        metrics, now = result.metrics, state(result.stage.step, self._names, color=self._color)
        if metrics is None:
            yield f"{label(result.stage)} not finished  {folder(result.stage)}  {now}"
            return
        number = f"{self._what}{metrics.error:.{self._digits}f}"
        yield f"{label(result.stage)} {number}  {result.file}  {now}"
        if alone:
            yield f"  loss {metrics.loss:.4g} nats, over {metrics.images:,} images"
            yield from file_lines(result.stage)

    def _training(self, node: TrainingNode) -> Branch:
        weights = "" if node.weights is None else f", {count(node.weights)} parameters"
        notes = self._once(
            ("network", f"{node.slug}{weights}{_at(node.model_line)}"),
            ("recipe", recipe(node.parameters) + _at(node.recipe_line)),
            *(("made with", text) for text in made_with(node.stages)),
        )
        notes.append(f"objective  {objective(node.objective, node.parameters)}")
        if node.share:
            how = "frozen" if node.share_frozen else "trained on"
            notes.append(f"shares     {' and '.join(node.share)} of its teacher, {how}")
        notes += stage_lines(node.stages, self._names, node.seeds, color=self._color)
        taught = " and ".join(teacher.network.name for teacher in node.teachers)
        head = one_line(f"{node.name}{seeds(node.stages)}" + (f", student of {taught}" if taught else ""))
        children = [self.branch(teacher) for teacher in node.teachers]
        if isinstance(node.data, DataNode):
            children.append(self.branch(node.data))
        return Branch(head + _at(node.line), tuple(notes), tuple(children))

    def _imported(self, node: ImportedNode) -> Branch:
        weights = "" if node.weights is None else f", {count(node.weights)} parameters"
        notes = self._once(
            ("network", f"{node.slug}{weights}{_at(node.model_line)}"),
            *(("made with", text) for text in made_with([node.stage])),
        )
        notes.append(f"weights    {one_line(node.file)}, sha256 {node.digest[:12]}...")
        notes += stage_lines([node.stage], self._names, color=self._color)
        children = (self.branch(node.data),) if isinstance(node.data, DataNode) else ()
        return Branch(one_line(f"{node.name}, trained elsewhere") + _at(node.line), tuple(notes), children)

    def _teacher(self, node: TeacherNode) -> Branch:
        network = self.branch(node.network)
        notes = (
            *network.notes,
            f"outputs    {node.how}",
            *(f"  {line}" for line in stage_lines(node.stores, self._names, color=self._color)),
        )
        return Branch(f"teacher: {network.head}", notes, network.children)

    def _once(self, *notes: tuple[str, str]) -> list[str]:
        """Words and what they say; those whose text was told already in one line: trainings of one tree
        mostly have one recipe.
        """
        again = [word for word, text in notes if text in self._told]
        first = [f"{word.ljust(10)} {text}" for word, text in notes if text not in self._told]
        self._told.update(text for _, text in notes)
        return [*first, *([f"as above   {', '.join(dict.fromkeys(again))}"] if again else [])]


def _at(line: Line) -> str:
    return f"  {one_line(str(line))}"


def _unit(node: CellNode) -> str:
    match node.cell:
        case MeasuredCell() as cell:
            errors = node.quantity == "error"
            what = (
                f"error      in percent of the {node.on} images"
                if errors
                else f"shows      {words(node.quantity, node.on)}"
            )
            if cell.n == 1:
                return what
            seeds = f"{cell.n} seeds" + ("" if cell.complete else f" of {cell.of}")
            return f"{what}; mean ± {SPREADS[node.spread]} over {seeds}"
        case Counted() as cell:
            return f"counted    {cell.parameters:,} parameters"
        case Unfinished(of=of):
            return f"error      not finished: 0 of {of} seed{'' if of == 1 else 's'}"
        case NotRun():
            return "error      the spec does not ask for this run"


def _below(explanation: Explanation, *, listed: bool) -> Iterator[str]:
    below = explanation.below
    if not below.of:
        return
    what = together([one_line(explanation.names.get(address, address)) for address in below.of])
    if not below.steps:
        yield f"nothing depends on {what}"
        return
    tables = f" ({', '.join(below.tables)})" if below.tables else ""
    yield f"if {what} changed, these would run again, too: {counts(below.steps)}{tables}"
    if listed:
        named = list(names(step for step in below.steps if step.kind in ("train", "score")))
        yield from (f"  {name}" for name in named[:SHOWN])
        if named[SHOWN:]:
            yield f"  and {len(named) - SHOWN} more (`--format json` lists all)"
