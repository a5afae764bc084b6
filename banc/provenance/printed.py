"""Which cells of a table a person means, who reads their row and column in a report.

In: a layout, and a name such as ``densenet/ban-2`` or ``DenseNet 10/Born again: 1``. Out: places. A report
prints a column's label, Markdown its heading before that, and a transposed table has the column first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from banc.language.references import column as one_name
from banc.printable import one_line
from banc.report.cells import Place
from banc.report.formats.markdown import escape_markdown
from banc.report.formats.tex import escape_latex
from banc.report.formats.typst import quoted
from banc.stage.layout import Column, Layout, Row

_Item = TypeVar("_Item", Row, Column)


def places_by_name(layout: Layout, name: str) -> tuple[Place, ...]:
    """The place whose row and column a spec calls ``name``, if there is one."""
    row, _, column = name.rpartition("/")
    return tuple(
        (one.name, other.name) for one in _named(layout.rows, row) for other in _named(layout.columns, column)
    )


def places_as_printed(layout: Layout, name: str) -> tuple[Place, ...]:
    """The places whose row and column are printed as ``name`` says; those of a transposed table, else.

    A label may have a slash in it, so ``name`` is parted at any one.
    """
    parts = name.split("/")
    pairs = [("/".join(parts[:at]), "/".join(parts[at:])) for at in range(1, len(parts))]
    return tuple(_places(layout, pairs)) or tuple(_places(layout, [(b, a) for a, b in pairs]))


def printed_places(layout: Layout) -> Iterator[tuple[str, Place]]:
    """Each place by what it is called in the spec, and by its labels, in either order."""
    for row in layout.rows:
        for column in layout.columns:
            for above, below in ((row.name, column.name), (_texts(row)[0], _texts(column)[0])):
                yield f"{above}/{below}", (row.name, column.name)
                yield f"{below}/{above}", (row.name, column.name)


def _places(layout: Layout, pairs: Iterable[tuple[str, str]]) -> Iterator[Place]:
    for row, column in pairs:
        for one in _called(layout.rows, row):
            for other in _called(layout.columns, column):
                yield one.name, other.name


def _called(items: Sequence[_Item], name: str) -> list[_Item]:
    """The one with this name; else all that are printed so."""
    return _named(items, name) or [item for item in items if one_line(name) in _spellings(item)]


def _named(items: Sequence[_Item], name: str) -> list[_Item]:
    """The one with this name; a column that a spec knows under two names is found by the other, too."""
    exactly = [item for item in items if item.name == name]
    return exactly or [item for item in items if one_name(item.name) == one_name(name)]


def _spellings(item: Row | Column) -> set[str]:
    """What is printed of ``item``, and how the source of a format spells that."""
    texts = _texts(item)
    return {
        spelling
        for text in (*texts, item.label)
        for spelling in (one_line(text), escape_markdown(text), escape_latex(text), quoted(text)[1:-1])
    }


def _texts(item: Row | Column) -> list[str]:
    """The longest text that is printed of ``item`` first: below a heading, its label after that."""
    label = one_line(item.label)
    heading = one_line(item.heading) if isinstance(item, Column) else ""
    return [f"{heading}: {label}", label] if heading else [label]
