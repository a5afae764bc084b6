"""What a field's type does not say: bounds, ``Annotated[int, Bound(at_least=1)]``, and who writes it.

Read by the converter (to refuse) and by the schema (to tell editors).
"""

from __future__ import annotations

import re
from typing import Annotated, Any

import attrs
from attrs import frozen


@frozen
class Bound:
    """An interval; what is None is open."""

    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None

    def admits(self, value: float) -> bool:
        return (
            (self.at_least is None or value >= self.at_least)
            and (self.above is None or value > self.above)
            and (self.at_most is None or value <= self.at_most)
            and (self.below is None or value < self.below)
        )

    def __str__(self) -> str:
        parts = [
            f"{word} {limit:g}"
            for word, limit in (
                ("at least", self.at_least),
                ("above", self.above),
                ("at most", self.at_most),
                ("below", self.below),
            )
            if limit is not None
        ]
        return " and ".join(parts)


@frozen
class Pattern:
    """What a string must look like."""

    regex: str
    """The whole string matches it; in the syntax that Python and JSON Schema share."""

    words: str
    """The same for people, after "expected"."""

    def admits(self, value: str) -> bool:
        return re.fullmatch(self.regex, value) is not None


@frozen
class OneOrMore:
    """Marks an array that may be written as its only element."""


RESOLVED = {"resolved": True}
"""Metadata of a field that no spec says: it follows from the others when a spec is read."""


def spoken(cls: type) -> tuple[attrs.Attribute[Any], ...]:
    """The fields that a spec can say."""
    return tuple(field for field in attrs.fields(cls) if not field.metadata.get("resolved"))


Count = Annotated[int, Bound(at_least=1)]
"""How many: 1, 2, 3, ..."""

Positive = Annotated[float, Bound(above=0)]

NonNegative = Annotated[float, Bound(at_least=0)]

Fraction = Annotated[float, Bound(at_least=0, below=1)]
"""A part of a whole that is less than the whole."""
