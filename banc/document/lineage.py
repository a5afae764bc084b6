"""Who learns from whom, as places: a box a run, in columns by generation.

In: runs, teachers before their students. Out: boxes, without looks, and what stands in them. Boxes of one
network stand together; a student stands on its teacher's line where that is free. An ensemble stands after
its members.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen

from banc.document.document import Name, Run
from banc.printable import one_line

WIDE, TALL = 148, 44
"""Of a box, in pixels."""
_GAP, _LINE, _HEAD = 56, 56, 26
"""Between columns; from line to line; above the boxes of a network."""
_LETTERS = 20
"""That fit into a box."""


@frozen
class Box:
    """Where a run stands, in pixels from the upper left."""

    run: Run
    left: float
    top: float


@frozen
class Drawing:
    """Boxes and what stands above them."""

    boxes: Mapping[Name, Box]
    heads: tuple[tuple[str, float], ...]
    """The label of each network, and its top."""
    width: float
    height: float

    @property
    def edges(self) -> tuple[tuple[Box, Box, bool], ...]:
        """From, to, and whether it joins a member to its ensemble; else a teacher teaches its student."""
        return tuple(
            (self.boxes[name], box, box.run.kind == "ensemble")
            for box in self.boxes.values()
            for name in (*box.run.teachers, *box.run.members)
            if name in self.boxes
        )


def called(run: Run) -> str:
    """A run's label; where that is too long for its box, its column's name in the spec, cut if need be.

    Labels that are cut are often alike: points of a sweep, or a method and the same method, tuned.
    """
    if len(run.label) <= _LETTERS:
        return run.label
    name = one_line(run.name[1])
    return name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"


def drawing(runs: Sequence[Run]) -> Drawing:
    """The boxes of ``runs``."""
    boxes: dict[Name, Box] = {}
    heads = []
    top = 0.0
    columns = _columns(runs)
    for model in _order(runs):
        of_model = [run for run in runs if run.name[0] == model]
        lines = _lines(of_model, columns)
        heads.append((of_model[0].network, top))
        for run in of_model:
            left = columns[run.name] * (WIDE + _GAP)
            boxes[run.name] = Box(run, left, top + _HEAD + lines[run.name] * _LINE)
        top += _HEAD + (max(lines.values()) + 1) * _LINE
    width = max((box.left for box in boxes.values()), default=0.0) + WIDE
    return Drawing(boxes, tuple(heads), width, top)


def _order(runs: Sequence[Run]) -> list[str]:
    """The networks as they come; before them those that teach others, so that lines go down."""
    models = list(dict.fromkeys(run.name[0] for run in runs))
    teachers = {teacher[0] for run in runs for teacher in run.teachers if teacher[0] != run.name[0]}
    return sorted(models, key=lambda model: model not in teachers)


def _columns(runs: Sequence[Run]) -> dict[Name, int]:
    """Each run one column after all that it comes from."""
    by_name = {run.name: run for run in runs}
    columns: dict[Name, int] = {}

    def column(name: Name) -> int:
        if name not in columns:
            run = by_name[name]
            above = [column(other) for other in (*run.teachers, *run.members) if other in by_name]
            columns[name] = 1 + max(above, default=-1)
        return columns[name]

    for run in runs:
        column(run.name)
    return columns


def _lines(runs: Sequence[Run], columns: Mapping[Name, int]) -> dict[Name, int]:
    """On which line of its network each run stands: its teacher's, or the next that is free."""
    lines: dict[Name, int] = {}
    taken: set[tuple[int, int]] = set()
    for run in runs:
        column = columns[run.name]
        line = next((lines[teacher] for teacher in run.teachers if teacher in lines), 0)
        if run.kind == "ensemble":
            # A line of its own, since the lines to its members cross all that is left of it.
            line = max(lines.values(), default=-1) + 1
        while (column, line) in taken:
            line += 1
        lines[run.name] = line
        taken.add((column, line))
    return lines
