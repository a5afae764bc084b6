"""What a ``score`` stage found, and what its file must look like.

In: a value that JSON gave. Out: ``Metrics``, or why it is none. Who reads a file says which file it is.
"""

from __future__ import annotations

import json

from attrs import frozen

from banc.digest import Json

_HUGE = 1e300
"""Beyond every number that a score can hold; a float can still hold it."""


@frozen
class Metrics:
    """What a ``score`` stage found, over the whole test set."""

    test_error: float
    """In percent."""
    test_loss: float
    """Cross-entropy with the labels, in nats."""
    images: int
    members: int
    parameters: int
    """Parameters of all members together."""


def metrics_from(value: Json, of: str = "") -> Metrics:
    """The metrics that ``value`` holds.

    Args:
        of: whose they are, as it stands in a message, where a file holds those of several scores.

    Raises:
        ValueError: it holds none; its text says why, as the end of a sentence.
    """
    if not isinstance(value, dict):
        raise ValueError(f"the metrics{of} are no table of numbers")

    def number(key: str, most: float = _HUGE) -> float:
        if type(value.get(key)) not in (int, float) or not 0 <= value[key] <= most:
            raise ValueError(f"`{key}`{of} is {json.dumps(value.get(key))}, which it cannot be")
        return float(value[key])

    def count(key: str) -> int:
        if type(value.get(key)) is not int or not 0 < value[key] <= _HUGE:
            raise ValueError(f"`{key}`{of} is {json.dumps(value.get(key))}, which it cannot be")
        return int(value[key])

    return Metrics(
        test_error=number("test_error", 100),
        test_loss=number("test_loss"),
        images=count("images"),
        members=count("members"),
        parameters=count("parameters"),
    )
