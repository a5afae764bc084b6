"""A tree as lines of text.

In: branches, each with its own lines. Out: lines with the rules of a tree on their left.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from attrs import frozen

from banc.cli.fitted import fitted

_HANGING = " " * 11
"""Before what goes on from the line above."""


@frozen
class Branch:
    """A node of the tree as text."""

    head: str
    notes: tuple[str, ...] = ()
    """What is told of the node below its head."""
    children: tuple[Branch, ...] = ()


def drawn(branch: Branch, width: int | None = None) -> Iterator[str]:
    """The lines of ``branch``, its head first, broken after ``width`` characters where words allow that."""
    yield from fitted(branch.head, width)
    yield from _below_head(branch, "", width)


def _below_head(branch: Branch, indent: str, width: int | None) -> Iterator[str]:
    for note in branch.notes:
        rule = f"{indent}{'│' if branch.children else ' '} "
        for line in [note] if width is None else _broken(note, width - len(rule)):
            yield rule + line
    for at, child in enumerate(branch.children):
        last = at == len(branch.children) - 1
        yield from fitted(f"{indent}{'└─' if last else '├─'} {child.head}", width)
        yield from _below_head(child, f"{indent}{'  ' if last else '│ '} ", width)


def _broken(note: str, width: int) -> list[str]:
    if len(note) <= width:
        return [note]
    return textwrap.wrap(
        note,
        max(width, 2 * len(_HANGING)),
        subsequent_indent=_HANGING,
        break_long_words=False,
        break_on_hyphens=False,
    )
