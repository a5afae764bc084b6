"""How a table for a paper is to look, in LaTeX or Typst: what a person chooses, and what both say."""

from __future__ import annotations

import re

from attrs import frozen

from banc.printable import one_line
from banc.report.cells import FilledTable
from banc.report.comparison_notes import TIED
from banc.report.wording import DIFFERS, ELSEWHERE, Wording, marks_of, notes


@frozen
class PaperForm:
    """The default is a figure with caption and label, for one column of text."""

    tabular: bool = False
    """The table alone, without figure, caption and label."""
    wide: bool = False
    """As wide as a page of two columns: ``table*`` of LaTeX, ``scope: "parent"`` of Typst."""
    one_line: bool = False
    """Every cell in one line, however small the letters get."""
    siunitx: bool = False
    """LaTeX: columns of measurements as ``S``, aligned at the point; every cell in one line."""


DEFAULT = PaperForm()

MARKS = {DIFFERS: "*", ELSEWHERE: "†", TIED: "‡"}
"""Marks behind numbers are raised, as papers print them; and this is what they are."""


def parted(words: Wording) -> tuple[str, str]:
    """A cell's value, and its marks as papers print them."""
    plain = words.pieces["value"]
    marks = marks_of(plain)
    return plain.removesuffix(marks), "".join(MARKS[mark] for mark in marks)


def caption(table: FilledTable) -> str:
    """The title and the notes, with the marks of papers."""
    title = one_line(table.layout.title)
    title += "" if not title or title[-1] in ".!?" else "."
    return " ".join((title, *notes(table, best="Bold"))).translate(str.maketrans(TIED, MARKS[TIED]))


def label(table: FilledTable) -> str:
    """By which a text refers to the table: ``tab:table1``."""
    return f"tab:{re.sub('[^A-Za-z0-9-]', '-', table.layout.spec)}"
