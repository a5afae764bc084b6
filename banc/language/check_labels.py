"""Rows and columns that nobody could tell apart in the printed table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from banc.language.codes import Code
from banc.language.columns import expanded, table_columns
from banc.language.fault import Fault
from banc.language.labels import labels_of
from banc.language.positions import KeyPath
from banc.language.references import select
from banc.language.source import Source
from banc.language.spec import Spec


def check_labels(source: Source, spec: Spec) -> Iterator[Fault]:
    """A warning where two rows, or two columns below one heading, are printed alike."""
    table, labels = spec.table, labels_of(spec)
    headings = {
        column: heading for heading, names in table.groups.items() for column in expanded(spec, names)
    }
    columns = [(name, (headings.get(name, ""), labels.get(name, name))) for name in table_columns(spec)]
    rows = [(name, ("", labels.get(name, name))) for name in select(spec, table.rows)]
    places = {
        column: ("table", "columns", index)
        for index, name in enumerate(table.columns)
        for column in expanded(spec, (name,))
    }
    told = set[KeyPath]()
    for listed in (columns, rows):
        for name, first, text in _alike(listed):
            place: KeyPath = ("table", "labels", name)
            if name not in table.labels:
                place = places.get(name, ("table", "rows"))
            if place not in told:  # columns of one sweep are printed like those of another
                told.add(place)
                message = f"`{name}` is printed as `{text}`, and so is `{first}`"
                yield source.fault(Code.ALIKE, place, message)


def _alike(listed: Sequence[tuple[str, tuple[str, str]]]) -> Iterator[tuple[str, str, str]]:
    """Each name that is printed like one before it: the name, the one before, and the text."""
    seen: dict[tuple[str, str], str] = {}
    for name, printed in listed:
        if (first := seen.setdefault(printed, name)) != name:
            yield name, first, printed[1]
