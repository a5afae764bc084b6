"""What of tables differs that is for people alone: titles, labels, order, published numbers.

In: two graphs. Out: changes of their layouts. None of it is part of a stage, so none of it runs anything.
"""

from __future__ import annotations

from collections.abc import Iterator

from banc.diff.difference import TableChange
from banc.digest import Json
from banc.graph.graph import Graph
from banc.stage.layout import Layout


def table_changes(before: Graph, now: Graph) -> Iterator[TableChange]:
    """Of tables that both have: with one name, or the only ones."""
    names = [(name, name) for name in now.layouts if name in before.layouts]
    if not names and len(before.layouts) == len(now.layouts) == 1:
        names = [(next(iter(before.layouts)), next(iter(now.layouts)))]
    for old, new in names:
        then, there = _fields(before.layouts[old]), _fields(now.layouts[new])
        # What a line or column is called that only one side has says no more than that it is new or gone.
        alone = _names(before.layouts[old]) ^ _names(now.layouts[new])
        for field in dict.fromkeys([*then, *there]):
            if then.get(field) != there.get(field) and field.removeprefix("labels.") not in alone:
                yield TableChange(new, field, then.get(field), there.get(field))


def _names(layout: Layout) -> set[str]:
    return {row.name for row in layout.rows} | {column.name for column in layout.columns}


def _fields(layout: Layout) -> dict[str, Json]:
    fields: dict[str, Json] = {
        "title": layout.title,
        "rows": [row.name for row in layout.rows],
        "columns": [column.name for column in layout.columns],
        "digits": layout.digits,
        "bold": layout.bold,
    }
    labels = {line.name: line.label for line in layout.rows} | {
        line.name: line.label for line in layout.columns
    }
    fields |= {f"labels.{name}": label for name, label in labels.items() if label != name}
    headings = dict.fromkeys(column.heading for column in layout.columns if column.heading)
    for heading in headings:
        fields[f"groups.{heading}"] = [shown.name for shown in layout.columns if shown.heading == heading]
    for (row, column), run in layout.other_runs.items():
        fields[f"cells.{row}.{column}"] = "/".join(run)
    for (row, column), number in layout.published.items():
        fields[f"published.{row}.{column}"] = number
    return fields
