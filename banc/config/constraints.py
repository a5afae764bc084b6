"""What a field's type does not say: ``Annotated[int, Bound(at_least=1)]``, who writes it, what revises it.

Read by the converter (to refuse), by the schema (to tell editors) and by addresses.
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
            f"{word} {limit:.12g}"
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


@frozen
class Entries:
    """Marks an array that has entries, each of them once: an editor's schema says it. Who reads a spec tells
    it among the faults of names.
    """

    at_least: int = 1


@frozen
class Names:
    """Marks a table whose keys are names that people give: an editor's schema says which can be. Who reads a
    spec tells it among the faults of names.
    """

    longest: int
    reserved: tuple[str, ...]


@frozen
class Filled:
    """Marks a string that people read: it holds more than white space and characters without a shape."""


DERIVED = {"resolved": True}
"""Metadata of a field that no spec says: it follows from the others when a spec is read."""


INTERNAL = {"resolved": True, "internal": True}
"""The same, of a field that follows from no text at all: no reader of text fills it."""


def revised_by(item: type) -> dict[str, type]:
    """Metadata of a field: where it is not at its default, the revision of ``item`` counts as well."""
    return {"revised_by": item}


def user_fields(cls: type) -> tuple[attrs.Attribute[Any], ...]:
    """The fields that a spec can say."""
    return tuple(field for field in attrs.fields(cls) if not field.metadata.get("resolved"))


# Upper bounds are slips of the finger, not opinions: no experiment that could be paid for meets one. They are
# no part of what a run is, so one that turns out too low can be raised.

Images = Annotated[int, Bound(at_least=1, at_most=1_000_000_000)]
"""How many images."""

Pixels = Annotated[int, Bound(at_least=1, at_most=10_000)]
"""Rows or columns of an image."""

Channels = Annotated[int, Bound(at_least=1, at_most=10_000)]
"""Numbers of a pixel, or what a unit adds to them."""

Classes = Annotated[int, Bound(at_least=2, at_most=1_000_000)]

Batch = Annotated[int, Bound(at_least=1, at_most=1_000_000)]
"""Images in a step."""

Units = Annotated[int, Bound(at_least=1, at_most=1000)]
"""Units in a block."""

Ratio = Annotated[float, Bound(above=0, at_most=1000)]
"""A multiple of a number of channels."""

Weight = Annotated[float, Bound(at_least=0, at_most=1000)]
"""Of a term of a sum."""

PositiveWeight = Annotated[float, Bound(above=0, at_most=1000)]

Fraction = Annotated[float, Bound(at_least=0, below=1)]
"""A part of a whole that is less than the whole."""

DEEPEST = 10_000
"""Layers of a network: ten times the deepest that was ever published for small images."""
