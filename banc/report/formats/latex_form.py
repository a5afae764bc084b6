"""How a LaTeX table is to look: what a person chooses beside the numbers."""

from __future__ import annotations

from attrs import frozen

from banc.errors import UsageError
from banc.stage.layout import Layout


@frozen
class LatexForm:
    """The default is a ``table`` environment with booktabs rules, for one column of text."""

    tabular: bool = False
    """The tabular alone, without environment, caption and label."""
    wide: bool = False
    """A ``table*``, as wide as a page of two columns."""
    one_line: bool = False
    """Every cell in one line, however small the letters get."""
    siunitx: bool = False
    """Columns of measurements as ``S``, aligned at the point; every cell in one line."""
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Headings above several columns, with the columns' names."""

    @property
    def text_width(self) -> int:
        """Points: of an article in ten points, or of a page with two columns."""
        return 487 if self.wide else 345


DEFAULT = LatexForm()


def group_from(text: str) -> tuple[str, tuple[str, ...]]:
    """What ``Born again=ban-1,ban-2`` says: a heading and columns.

    Raises:
        UsageError: it says something else.
    """
    heading, equals, columns = text.rpartition("=")
    names = tuple(name.strip() for name in columns.split(","))
    if not equals or not heading.strip() or not all(names):
        raise UsageError(
            f"`--group {text}` says no heading and columns", hint='expected as in "Born again=ban-1,ban-2"'
        )
    return heading.strip(), names


def spans(layout: Layout, form: LatexForm) -> list[tuple[str, int]]:
    """The headings above the columns from left to right, and how many columns each spans; empty above others.

    Raises:
        UsageError: a group names a column that the table lacks, or columns that do not stand side by side.
    """
    if form.groups and layout.transpose:
        raise UsageError(
            f"the columns of `{layout.spec}` are printed as rows, so `--group` has nothing to stand above",
            hint="remove `transpose` from the spec's table, or call the report without `--group`",
        )
    names = [row.name for row in layout.rows] if layout.transpose else [it.name for it in layout.columns]
    heading_of: dict[int, str] = {}
    for heading, columns in form.groups:
        if lacking := [name for name in columns if name not in names]:
            raise UsageError(
                f"`{layout.spec}` has no column `{lacking[0]}` to stand below `{heading}`",
                hint=f"expected some of {', '.join(names)}",
            )
        places = sorted(names.index(name) for name in columns)
        if places != list(range(places[0], places[0] + len(columns))) or heading_of.keys() & set(places):
            raise UsageError(
                f"the columns below `{heading}` do not stand side by side, or have a heading already",
                hint=f"the columns are {', '.join(names)}",
            )
        heading_of |= dict.fromkeys(places, heading)
    found: list[tuple[str, int]] = []
    for place in range(len(names)):
        heading = heading_of.get(place, "")
        if heading and found and found[-1][0] == heading:
            found[-1] = (heading, found[-1][1] + 1)
        else:
            found.append((heading, 1))
    return found
