"""Pieces of HTML that every part of the page uses.

In: text of any origin. Out: HTML. Nothing else in ``html`` escapes.
"""

from __future__ import annotations

import statistics
from html import escape

from banc.document.document import Run
from banc.printable import one_line


def text(value: object) -> str:
    """On one line, with nothing that a browser would read as more than letters; fit for an attribute, too."""
    return escape(one_line(str(value)))


def block(value: str) -> str:
    """Several lines, as they are."""
    return escape("\n".join(one_line_kept(line) for line in value.splitlines()))


def one_line_kept(line: str) -> str:
    """A line with its white space, without what cannot be shown."""
    return "".join(char if char.isprintable() else " " for char in line)


def mean(run: Run, digits: int = 2) -> str:
    """``5.39``; nothing where nothing is finished. What may stand after a mean is the table's to say."""
    return f"{statistics.mean(each.error for each in run.errors):.{digits}f}" if run.errors else ""


def duration(seconds: float) -> str:
    """``48 s``, ``12.5 min``, ``3.2 h``, ``140 h``."""
    if seconds < 100:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    if seconds < 6000:
        return f"{seconds / 60:.1f} min"
    hours = seconds / 3600
    return f"{hours:,.1f} h" if hours < 100 else f"{hours:,.0f} h"


def plural(number: int, noun: str) -> str:
    """``1 stage``, ``30 stages``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def figure(pictures: list[str], caption: str, *, wide: bool = False) -> str:
    """Pictures beside one another, as many as fit, and below them what they show."""
    inner = "".join(f"<div>{picture}</div>" for picture in pictures)
    kind = "panels wide" if wide else "panels"
    return f'<figure><div class="{kind}">{inner}</div><figcaption>{caption}</figcaption></figure>\n'
