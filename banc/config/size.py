"""Whether a network is small enough to be built, counted and trained, and to be content with one core.

Each number of a model can be legal and their product absurd: counting such a network layer by layer takes
minutes, or more than 64 bits.
"""

from __future__ import annotations

from banc.config.image import ImageShape
from banc.config.model import Model

LARGEST = 10_000_000_000
"""Parameters of a network. With their gradients and momenta, more fill every GPU that there is."""

SMALL_STEP = 10**9
"""Multiplications of a step, at most, below which a second thread costs more than it brings: it gains
nothing on an idle machine, and on a busy one each operation waits for the slower of the two."""


def too_large(model: Model, image: ImageShape) -> str | None:
    """Why nobody could train this network, or None; of a person's own network that is not known."""
    count = model.parameters(image)
    if count is None or count <= LARGEST:
        return None
    most = f"{LARGEST // 1_000_000:,} million"
    return f"it would have {count // 1_000_000:,} million parameters; the most is {most}"
