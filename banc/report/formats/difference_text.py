"""Differences as text: for a terminal, as Markdown, CSV and JSON.

In: differences. Out: text that ends with a newline.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

from banc.digest import Json
from banc.printable import one_line, printable_json
from banc.report.cells import Comparison, Place
from banc.report.differences import PUBLISHED, DifferenceTable, error_at_most
from banc.report.formats.markdown import escape_markdown
from banc.report.quantities import decimals
from banc.report.record import comparison_record
from banc.report.statistics.holm import LEAST, LEVEL
from banc.report.wording import above_rows, shortest

_HEADS = ("Column", "Difference", "95 % interval", "n", "p", "after Holm", "")
_OF_PUBLISHED = ("Published", "± there", "with both, at most")
"""More of a difference to published numbers, of which some are printed with a deviation."""


def difference_text(differences: DifferenceTable, *, markdown: bool) -> str:
    """A title, a line for each difference, and how they were compared."""
    published = differences.to == PUBLISHED
    layout = differences.table.layout
    heads = (above_rows(layout), *(_published_heads(differences) if published else _HEADS))
    right = [at > 1 and head != "" for at, head in enumerate(heads)]
    lines = [_cells(differences, comparison) for comparison in differences.comparisons]
    labels = {column.name: one_line(layout.full_label(column)) for column in layout.columns}
    of = "the published number" if published else f"`{labels[differences.to]}`"
    title = f"{one_line(layout.title)}: differences to {of}"
    if not lines:
        why = _nothing(differences)
        return (
            f"**{escape_markdown(title)}**\n\n{escape_markdown(why)}\n" if markdown else f"{title}\n\n{why}\n"
        )
    notes = _notes(differences)
    if not markdown:
        body = aligned([heads, *lines], right)
        return "\n".join([title, "", body[0], "─" * len(body[0]), *body[1:], "", *notes]) + "\n"
    rows = [[escape_markdown(cell) for cell in line] for line in (heads, *lines)]
    rule = ["---:" if at_right else "---" for at_right in right]
    body = [f"| {' | '.join(line)} |" for line in (rows[0], rule, *rows[1:])]
    return (
        "\n".join([f"**{escape_markdown(title)}**", "", *body, "", escape_markdown(" ".join(notes))]) + "\n"
    )


def _nothing(differences: DifferenceTable) -> str:
    """Why there is no difference to show."""
    if differences.to == PUBLISHED and not differences.table.layout.published:
        return "Nothing to compare: the spec has no published numbers, `[table.published]`."
    if differences.to == PUBLISHED:
        return "Nothing to compare yet: no cell with a published number is finished."
    return "Nothing to compare yet: in no row are that column and another one finished."


def _published_heads(differences: DifferenceTable) -> tuple[str, ...]:
    more = _OF_PUBLISHED if _deviations(differences) else ()
    return ("Column", "Difference", "standard error", "n", *more)


def _deviations(differences: DifferenceTable) -> dict[Place, float]:
    """Those that are printed with the published numbers of the cells that are compared."""
    deviations = differences.table.layout.deviations
    return {
        comparison.first: deviations[comparison.first]
        for comparison in differences.comparisons
        if comparison.first in deviations
    }


def difference_csv(several: Sequence[DifferenceTable]) -> str:
    """A line of names, then one line for each difference of each table, in full precision."""
    text = io.StringIO()
    records = [record for table in several for record in _records(table)]
    names = list(records[0]) if records else ["spec", "row", "column", "to"]
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


def difference_json(several: Sequence[DifferenceTable]) -> str:
    """An array with one object for each difference."""
    records = [record for table in several for record in _records(table)]
    return printable_json(json.dumps(records, indent=1, ensure_ascii=False, allow_nan=False)) + "\n"


def _records(differences: DifferenceTable) -> list[dict[str, Json]]:
    records = []
    for comparison in differences.comparisons:
        record = comparison_record(comparison)
        del record["first"], record["second"]
        row, column = comparison.first
        spec = differences.table.layout.spec
        if differences.to == PUBLISHED:
            deviation = differences.table.layout.deviations.get(comparison.first)
            record["published_deviation"] = deviation
            record["standard_error_at_most"] = error_at_most(comparison.difference, deviation)
        records.append({"spec": spec, "row": row, "column": column, "to": differences.to, **record})
    return records


def _cells(differences: DifferenceTable, comparison: Comparison) -> tuple[str, ...]:
    layout, difference = differences.table.layout, comparison.difference
    of = next(shown for shown in layout.columns if shown.name == comparison.first[1])
    digits = decimals(of.quantity, layout.digits)
    row = next(one_line(shown.label) for shown in layout.rows if shown.name == comparison.first[0])
    column = one_line(layout.full_label(of))
    mean = signed(difference.mean, digits)
    if differences.to == PUBLISHED:
        error = "" if difference.error is None else f"{difference.error:.{digits}f}"
        line = (row, column, mean, error, str(difference.n))
        if not (deviations := _deviations(differences)):
            return line
        most = error_at_most(difference, deviation := deviations.get(comparison.first))
        number = layout.published[comparison.first]
        after = "" if deviation is None else f"± {shortest(deviation)}"
        return *line, shortest(number), after, "" if most is None else f"{most:.{digits}f}"
    interval = ""
    if difference.low is not None and difference.high is not None:
        interval = f"{signed(difference.low, digits)} to {signed(difference.high, digits)}"
    if not difference.enough:
        verdict = f"n too small{', p of two networks' if difference.p is not None else ''}"
    else:
        verdict = "told apart" if difference.told_apart else "inside the noise"
    p, adjusted = (_p(probability) for probability in (difference.p, difference.adjusted))
    return row, column, mean, interval, str(difference.n), p, adjusted, verdict


def signed(number: float, digits: int) -> str:
    """What rounds to zero from below is no negative zero."""
    return f"{round(number, digits) + 0.0:+.{digits}f}"


def _p(value: float | None) -> str:
    return "" if value is None else "< 0.001" if value < 0.001 else f"{value:.3f}"


def _notes(differences: DifferenceTable) -> list[str]:
    if differences.to == PUBLISHED:
        lead = "Ours less the published number, in the table's unit, with the standard error of ours."
        if not _deviations(differences):
            return [
                lead,
                "How many seeds a published number is of, and how they vary, is not known: it is taken as "
                "it is.",
            ]
        return [
            lead,
            "How many seeds a published number is of is not known, and so the standard error of its mean is "
            "not: it is at most what stands after ± there, be that a standard deviation, a standard error or "
            "an interval. The last column is the standard error of the difference if it is that large.",
            "Where nothing stands after ±, how the published number varies is not known: it is taken as "
            "it is.",
        ]
    number = len(differences.comparisons)
    several = any(comparison.difference.enough for comparison in differences.comparisons)
    alone = any(
        comparison.difference.n == 1 and comparison.difference.p is not None
        for comparison in differences.comparisons
    )
    images = any(comparison.difference.images is not None for comparison in differences.comparisons)
    part = differences.table.layout.on
    notes = [f"In the table's unit, paired by seed{f' and {part} image' if images else ''}."]
    if several:
        how = f"a two-way bootstrap over seeds and {part} images" if images else "Student's paired test"
        notes.append(
            f"Interval and p: {how}. After Holm: corrected over these {number} differences; "
            f"below {LEVEL} it is told apart."
        )
    if not all(comparison.difference.enough for comparison in differences.comparisons):
        notes.append(f"n too small: it takes {LEAST} seeds to tell a difference from chance.")
    if alone:
        notes.append(
            "p of two networks: McNemar's exact test, of these two and not of how they were trained."
        )
    return notes


def aligned(lines: Sequence[Sequence[str]], right: Sequence[bool]) -> list[str]:
    """Lines of cells as text in columns; ``right``: which columns stand at the right."""
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    return [
        "  ".join(
            text.rjust(width) if at_right else text.ljust(width)
            for text, width, at_right in zip(line, widths, right, strict=False)
        ).rstrip()
        for line in lines
    ]
