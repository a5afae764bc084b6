"""Headings above several columns: which columns there can be below one.

In: the columns of a table, and what is to stand below each heading. Out: what is wrong. The language and the
report ask here, so that a spec and a command allow the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from attrs import frozen


@frozen
class HeadingMisfit:
    """A heading that cannot stand above a column."""

    heading: str
    place: int
    """Which of its columns is at fault."""
    message: str
    unknown: bool = False
    """Whether the table has no such column."""


def heading_misfits(columns: Sequence[str], groups: Mapping[str, Sequence[str]]) -> Iterator[HeadingMisfit]:
    """Columns that the table lacks, that have another heading, and that do not stand beside the others.

    Args:
        columns: the table's, from left to right.
        groups: by heading, its columns, in any order.
    """
    heading_of: dict[str, str] = {}
    for heading, names in groups.items():
        known = list[str]()
        for place, name in enumerate(names):
            if name not in columns:
                yield HeadingMisfit(heading, place, f"the table has no column `{name}`", unknown=True)
            elif name in heading_of:
                other = heading_of[name]
                message = (
                    f"`{name}` is listed twice"
                    if other == heading
                    else f"`{name}` stands below `{other}` already"
                )
                yield HeadingMisfit(heading, place, message)
            else:
                heading_of[name] = heading
                known.append(name)
        places = sorted(columns.index(name) for name in known)
        for before, after in pairwise(places):
            if after > before + 1:
                between = columns[before + 1]
                message = (
                    f"`{columns[after]}` does not stand beside `{columns[before]}`: `{between}` is between"
                )
                yield HeadingMisfit(heading, list(names).index(columns[after]), message)
                break
