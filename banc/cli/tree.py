"""A tree as lines of text.

In: branches, each with its own lines. Out: lines with the rules of a tree on their left.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen


@frozen
class Branch:
    """A node of the tree as text."""

    head: str
    notes: tuple[str, ...] = ()
    """What is told of the node below its head."""
    children: tuple[Branch, ...] = ()


def drawn(branch: Branch) -> Iterator[str]:
    """The lines of ``branch``, its head first."""
    yield branch.head
    yield from _below_head(branch, "")


def _below_head(branch: Branch, indent: str) -> Iterator[str]:
    for note in branch.notes:
        yield f"{indent}{'│' if branch.children else ' '} {note}"
    for at, child in enumerate(branch.children):
        last = at == len(branch.children) - 1
        yield f"{indent}{'└─' if last else '├─'} {child.head}"
        yield from _below_head(child, f"{indent}{'  ' if last else '│ '} ")
