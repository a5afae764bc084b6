"""Stacks the pieces of cells, so that a wide table becomes a narrow one and no number is cut.

In: the wording of a row's cells and how tightly to fold. Out: lines of pieces. Knows no format.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from banc.report.wording import Piece, Wording

Fold = tuple[tuple[Piece, ...], ...]
"""Which pieces share a line, from top to bottom."""

FOLDS: tuple[Fold, ...] = (
    (("value", "spread", "progress", "published"),),
    (("value", "spread"), ("progress", "published")),
    (("value",), ("spread",), ("progress",), ("published",)),
)
"""From the widest to the narrowest."""


T = TypeVar("T")


def folded(row: Sequence[Wording], fold: Fold) -> Fold:
    """The lines of ``fold`` that some cell of ``row`` has something on."""
    return tuple(line for line in fold if any(piece in cell.pieces for cell in row for piece in line))


def heading(label: str, width: int) -> list[str]:
    """``label`` in lines of ``width`` characters where its words allow that."""
    return textwrap.wrap(label, max(width, 1), break_long_words=False) or [""]


def packed(units: Iterable[Sequence[T]], fits: Callable[[list[T]], bool]) -> list[list[T]]:
    """``units`` in as few lists as there must be; a unit that does not fit has one of its own."""
    lists: list[list[T]] = []
    for unit in units:
        if lists and fits([*lists[-1], *unit]):
            lists[-1] += unit
        else:
            lists.append(list(unit))
    return lists
