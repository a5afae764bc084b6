"""How a table of a paper is made to fit its page: folded, with smaller letters, in several parts.

In: a table as it is printed, and the room that there is. Out: how to set it. Knows no format.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import groupby

from attrs import frozen

from banc.printable import one_line
from banc.report.folding import Fold, heading, packed
from banc.report.formats.letters import BOLD, points
from banc.report.grid import Grid
from banc.report.wording import Piece, Wording, marks_of

_MARK = 4.7
"""Width of a raised mark, in points at ten points."""


@frozen
class Size:
    """A size of letters."""

    name: str
    """As the format calls it."""
    scale: float
    """Width of a letter against ten points."""
    gap: float
    """Space between two columns, in points."""


@frozen
class Fit:
    """How a table is set."""

    fold: Fold
    size: Size
    parts: tuple[range, ...]
    """The columns of each part, which stand below one another; one, if all fit side by side."""
    heads: tuple[tuple[str, ...], ...]
    """The lines of each column's label."""


def fit(
    printed: Grid, folds: Sequence[Fold], sizes: Sequence[Size], room: float, *, aligned: bool = False
) -> Fit:
    """The fewest parts; with these the least folding, and with that the largest letters.

    Args:
        folds: from the widest to the narrowest.
        sizes: from the largest to the least, which is tried with the narrowest fold alone.
        room: in points. A part is wider only where a label and a single column do not fit side by side.
        aligned: whether means, spreads and what follows them stand below one another in a column.
    """
    choices = [(fold, size) for fold in folds for size in sizes[:-1]] + [(folds[-1], sizes[-1])]
    tried = [_try(printed, fold, size, room, aligned=aligned) for fold, size in choices]
    numbers = [len(one.parts(one.left)) for one in tried]
    best = tried[numbers.index(min(numbers))]
    ranges = (range(part[0], part[-1] + 1) for part in best.balanced())
    return Fit(best.fold, best.size, tuple(ranges), best.heads)


@frozen
class _Try:
    """A way to set a table."""

    fold: Fold
    size: Size
    heads: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    """Of the columns, in points."""
    above: tuple[str, ...]
    """The heading above each column."""
    left: float
    """The room that the labels of the rows leave, in points."""

    def balanced(self) -> list[list[int]]:
        """As few parts as fit, and the widest of them as narrow as can be."""
        number = len(parts := self.parts(self.left))
        if number == 1:
            return parts
        rooms = range(int(self.left / number), int(self.left))
        found = bisect_left(rooms, -number, key=lambda room: -len(self.parts(room)))
        return self.parts(rooms[found]) if found < len(rooms) else parts

    def parts(self, room: float) -> list[list[int]]:
        """Columns in parts that are no wider than ``room``."""
        return packed(self._units(), lambda columns: self._needs(columns) <= room)

    def _units(self) -> Iterator[list[int]]:
        """What stays together: the columns below a heading, if they fit; else each column."""
        for above, several in groupby(range(len(self.widths)), key=self.above.__getitem__):
            unit = list(several)
            whole = above and self._needs(unit) <= self.left
            yield from [unit] if whole else [[column] for column in unit]

    def _needs(self, columns: Sequence[int]) -> float:
        """The width of neighbouring columns; a heading that is wider than what is below it widens it."""
        total = -self.size.gap
        for above, several in groupby(columns, key=self.above.__getitem__):
            gaps = [self.widths[column] + self.size.gap for column in several]
            total += max(sum(gaps), points(above) * self.size.scale + self.size.gap)
        return total


def _try(printed: Grid, fold: Fold, size: Size, room: float, *, aligned: bool) -> _Try:
    heads, widths = _columns(printed, fold, aligned=aligned)
    labels = max(map(points, _labels(printed)), default=0)
    above = [one_line(span.heading) for span in printed.spans for _ in range(span.size)]
    return _Try(
        fold,
        size,
        heads,
        tuple(width * size.scale for width in widths),
        tuple(above) or ("",) * len(widths),
        room - labels * size.scale - size.gap,
    )


def _labels(printed: Grid) -> Iterator[str]:
    yield printed.corner
    for above, lines in printed.by_section():
        yield from (("   " if above else "") + one_line(line.label) for line in lines)


def _columns(
    printed: Grid, fold: Fold, *, aligned: bool
) -> tuple[tuple[tuple[str, ...], ...], tuple[float, ...]]:
    """Each column's label in lines, and its width in points at ten points."""
    heads, widths = list[tuple[str, ...]](), list[float]()
    for label, words in printed.by_column():
        lines = heading(one_line(label), max((_letters(cell, fold) for cell in words), default=0))
        heads.append(tuple(lines))
        widths.append(max(_inner(words, fold, aligned=aligned), *map(points, lines)))
    return tuple(heads), tuple(widths)


def _letters(cell: Wording, fold: Fold) -> int:
    """Of a cell's longest line."""
    return max(len(" ".join(cell.pieces[piece] for piece in line if piece in cell.pieces)) for line in fold)


def _inner(words: Sequence[Wording], fold: Fold, *, aligned: bool) -> float:
    """The width of the widest line of some cells."""
    widest = 0.0
    for line in fold:
        widths = [[_width(cell, piece) for piece in line] for cell in words]
        for row in [list(map(max, zip(*widths, strict=True)))] if aligned else widths:
            spaces = max(sum(width > 0 for width in row) - 1, 0)
            widest = max(widest, sum(row) + spaces * points(" "))
    return widest


def _width(cell: Wording, piece: Piece) -> float:
    """The width of a piece of a cell; 0 where it has none."""
    text = cell.pieces.get(piece, "")
    marks = marks_of(text) if piece == "value" else ""
    bold = BOLD if piece == "value" and cell.best else 1
    return points(text.removesuffix(marks)) * bold + _MARK * len(marks)
