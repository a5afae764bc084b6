"""Bounds of a number, written into its type: ``Annotated[int, Bound(at_least=1)]``.

Read by the converter (to refuse) and by the schema (to tell editors).
"""

from __future__ import annotations

from typing import Annotated

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
class OneOrMore:
    """Marks an array that may be written as its only element."""


Count = Annotated[int, Bound(at_least=1)]
"""How many: 1, 2, 3, ..."""

Positive = Annotated[float, Bound(above=0)]

NonNegative = Annotated[float, Bound(at_least=0)]

Fraction = Annotated[float, Bound(at_least=0, below=1)]
"""A part of a whole that is less than the whole."""
