"""Headings above several columns of the table: do their columns stand there, side by side."""

from __future__ import annotations

from collections.abc import Iterator

from banc.language.codes import Code
from banc.language.columns import expanded, table_columns
from banc.language.fault import Fault
from banc.language.positions import KeyPath
from banc.language.source import Source
from banc.language.spec import Spec
from banc.stage.headings import heading_misfits


def check_headings(source: Source, spec: Spec) -> Iterator[Fault]:
    """An empty heading, one without columns, and what ``heading_misfits`` finds."""
    groups = spec.table.groups
    for heading, names in groups.items():
        path: KeyPath = ("table", "groups", heading)
        if not heading.strip():
            yield source.fault(Code.HEADING, path, "expected some text as a heading", at_key=True)
        if not names:
            yield source.fault(Code.EMPTY, path, "expected at least one column")
    columns = table_columns(spec)
    known = (*columns, *(name for name in spec.sweeps if name in spec.table.columns))
    shown = {heading: expanded(spec, names) for heading, names in groups.items()}
    absent = set[KeyPath]()
    for misfit in heading_misfits(columns, shown):
        # Which of the names that the spec has: a sweep's may stand for several columns.
        ends = [len(expanded(spec, groups[misfit.heading][:at])) for at in range(1, len(columns) + 1)]
        column, index = shown[misfit.heading][misfit.place], sum(end <= misfit.place for end in ends)
        path = ("table", "groups", misfit.heading, index)
        name = groups[misfit.heading][index]
        if not misfit.unknown:
            yield source.fault(Code.HEADING, path, misfit.message)
        elif name not in spec.sweeps:
            yield source.fault(Code.HEADING, path, misfit.message, legal=known, word=column)
        elif path not in absent:
            absent.add(path)  # that of its first column; the others are missing with it
            message = f"`{name}` is a sweep, and not all of its columns are in `columns`"
            yield source.fault(Code.HEADING, path, message, legal=known, word=name)
