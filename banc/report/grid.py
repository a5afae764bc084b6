"""A table as it is laid out for people: headings and the words of each cell, row by row as they are printed.

In: a table with its numbers. Out: the same in words; transposed, where the spec says so. Programs read
the table itself, whose rows are always the networks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from attrs import evolve, frozen

from banc.report.cells import FilledTable
from banc.report.wording import Wording, above_rows, wording


@frozen
class Line:
    """A printed row."""

    label: str
    cells: tuple[Wording, ...]


@frozen
class Span:
    """Neighbours that stand below one heading."""

    heading: str
    """Empty above those that have none."""
    size: int


@frozen
class Grid:
    """A printed table."""

    corner: str
    """The heading above the labels of the rows."""
    columns: tuple[str, ...]
    """The labels of the printed columns."""
    lines: tuple[Line, ...]
    measured: tuple[bool, ...]
    """Of each printed column: whether all of its numbers are measured, and none counts parameters."""
    spans: tuple[Span, ...] = ()
    """The headings above all printed columns, from left to right; nothing where no column has one."""
    sections: tuple[Span, ...] = ()
    """The same above all printed rows, from top to bottom."""

    def part(self, columns: range) -> Grid:
        """The same with some of its columns, which stand side by side."""
        cut = slice(columns.start, columns.stop)
        headings = [span.heading for span in self.spans for _ in range(span.size)][cut]
        lines = tuple(Line(line.label, line.cells[cut]) for line in self.lines)
        return evolve(
            self,
            columns=self.columns[cut],
            lines=lines,
            measured=self.measured[cut],
            spans=_spans(headings),
        )

    def by_section(self) -> Iterator[tuple[str, tuple[Line, ...]]]:
        """The printed rows below each heading; all of them below none, where there are no headings."""
        start = 0
        for span in self.sections or (Span("", len(self.lines)),):
            yield span.heading, self.lines[start : start + span.size]
            start += span.size

    def by_column(self) -> Iterator[tuple[str, tuple[Wording, ...]]]:
        """Each printed column's label, with its cells from top to bottom."""
        for at, label in enumerate(self.columns):
            yield label, tuple(line.cells[at] for line in self.lines)


def grid(table: FilledTable) -> Grid:
    """The words of ``table`` in the order in which they are printed."""
    layout = table.layout
    lines = tuple(
        Line(
            row.label,
            tuple(
                wording(cell, column.quantity, layout.digits, layout.spread)
                for cell, column in zip(table.row(row.name), layout.columns, strict=True)
            ),
        )
        for row in layout.rows
    )
    columns = tuple(column.label for column in layout.columns)
    measured = tuple(column.quantity != "parameters" for column in layout.columns)
    spans = _spans(column.heading for column in layout.columns)
    if not layout.transpose:
        return Grid(above_rows(layout), columns, lines, measured, spans=spans)
    turned = zip(columns, zip(*(line.cells for line in lines), strict=True), strict=True)
    labels = tuple(line.label for line in lines)
    turned_lines = tuple(Line(*line) for line in turned)
    return Grid("", labels, turned_lines, (all(measured),) * len(labels), sections=spans)


def _spans(headings: Iterable[str]) -> tuple[Span, ...]:
    spans = tuple(Span(heading, len(list(several))) for heading, several in groupby(headings))
    return spans if any(span.heading for span in spans) else ()
