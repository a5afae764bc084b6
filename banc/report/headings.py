"""Headings above several columns that a person asks for where the report is called, in place of the spec's.

In: layouts. Out: the same layouts with other headings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import evolve

from banc.errors import UsageError
from banc.stage.headings import heading_misfits
from banc.stage.layout import Layout


def headings_from(texts: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """What several texts like ``Born again=ban-1,ban-2`` say: headings, each with its columns.

    Raises:
        UsageError: one says something else.
    """
    groups: dict[str, tuple[str, ...]] = {}
    for text in texts:
        heading, equals, columns = text.rpartition("=")
        names = tuple(name.strip() for name in columns.split(","))
        if not equals or not heading.strip() or not all(names):
            raise UsageError(
                f"`--group {text}` says no heading and columns",
                hint='expected as in "Born again=ban-1,ban-2"',
            )
        groups[heading.strip()] = groups.get(heading.strip(), ()) + names
    return groups


def with_headings(layout: Layout, groups: Mapping[str, Sequence[str]]) -> Layout:
    """``layout`` with the headings ``groups``, and no others; a sweep's name stands for all of its columns.

    Raises:
        UsageError: a heading names a column that the table lacks, or columns that do not stand side by side.
    """
    columns = [column.name for column in layout.columns]
    sweeps = {
        axis.name: [name for point in axis.points for name in point.columns if name in columns]
        for axis in layout.sweeps
    }
    shown = {
        heading: [column for name in names for column in sweeps.get(name, [name])]
        for heading, names in groups.items()
    }
    for misfit in heading_misfits(columns, shown):
        raise UsageError(
            f"`{misfit.heading}` cannot stand above these columns of `{layout.spec}`: {misfit.message}",
            hint=f"the columns are {', '.join(columns)}",
        )
    heading_of = {name: heading for heading, names in shown.items() for name in names}
    return evolve(
        layout,
        columns=tuple(evolve(column, heading=heading_of.get(column.name, "")) for column in layout.columns),
    )
