"""Dropout of a network: how its masks are drawn is one thing for all networks, with a revision of its own."""

from __future__ import annotations

from typing import ClassVar


class Dropout:
    """Not a field: a network says a probability. Its revision counts where that is not 0."""

    TAG: ClassVar[str] = "Dropout"
    REVISION: ClassVar[int] = 1
