"""The differences that bold rests on, as HTML: cell against cell, with interval and p-value.

In: a filled table. Out: a block to unfold; nothing where nothing was compared.
"""

from __future__ import annotations

from collections.abc import Mapping

from banc.document.html.text import text
from banc.printable import one_line
from banc.report.cells import Comparison, FilledTable, Place
from banc.report.quantities import decimals
from banc.report.statistics.difference import Difference

_HEADS = ("First", "Second", "Difference", "95 % interval", "Seeds", "p, corrected", "Verdict")


def differences_html(table: FilledTable) -> str:
    """A line for each pair of cells that was compared."""
    if not table.comparisons:
        return ""
    head = "".join(f'<th scope="col"{_right(at)}>{name}</th>' for at, name in enumerate(_HEADS))
    names = _names(table)
    rows = "".join(_row(table, names, each) for each in table.comparisons)
    apart = sum(each.difference.told_apart for each in table.comparisons)
    return (
        f'<details class="all"><summary>{apart:,} of {len(table.comparisons):,} differences can be told from '
        'chance</summary><div class="scroll" tabindex="0" role="region" aria-label="Differences">'
        f'<table class="results"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
        "</details>\n"
    )


def _row(table: FilledTable, names: Mapping[Place, str], each: Comparison) -> str:
    found = each.difference
    quantities = {column.name: column.quantity for column in table.layout.columns}
    digits = decimals(quantities[each.first[1]], table.layout.digits)
    between = "" if found.low is None else f"{found.low:+.{digits}f} to {found.high:+.{digits}f}"
    p = "" if found.adjusted is None else f"{found.adjusted:.3f}" if found.adjusted >= 0.001 else "&lt; 0.001"
    cells = (
        text(names[each.first]),
        text(names[each.second]),
        f"{found.mean:+.{digits}f}",
        between,
        str(found.n),
        p,
        _verdict(found),
    )
    keys = (
        "",
        "",
        f"{found.mean:.6g}",
        "",
        str(found.n),
        "" if found.adjusted is None else f"{found.adjusted:.6g}",
        "",
    )
    return (
        "<tr>"
        + "".join(
            f"<td{_right(at)}{f' data-v={chr(34)}{key}{chr(34)}' if key else ''}>{cell}</td>"
            for at, (cell, key) in enumerate(zip(cells, keys, strict=True))
        )
        + "</tr>\n"
    )


def _right(at: int) -> str:
    """Numbers stand to the right."""
    return ' class="n"' if 2 <= at <= 5 else ""


def _verdict(found: Difference) -> str:
    if not found.enough:
        return "n too small"
    return "told apart" if found.told_apart else "inside the noise"


def _names(table: FilledTable) -> dict[Place, str]:
    """What cells are called."""
    columns = {column.name: one_line(table.layout.full_label(column)) for column in table.layout.columns}
    return {
        (row.name, name): f"{one_line(row.label)}, {label}"
        for row in table.layout.rows
        for name, label in columns.items()
    }
