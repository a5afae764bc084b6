"""The colours of lines that the colour-blind can tell apart, on light and on dark.

The hues are those of Okabe and Ito (Color Universal Design, 2008), darkened for white paper and lightened for
dark pages.
"""

from __future__ import annotations

from attrs import frozen


@frozen
class Colour:
    """One colour in its three settings."""

    variable: str
    """Of a style sheet."""
    light: str
    dark: str


LINES = (
    Colour("--l0", "#4a5563", "#b6c0cc"),
    Colour("--l1", "#0068a8", "#5ab4ee"),
    Colour("--l2", "#c44e00", "#ff9a57"),
    Colour("--l3", "#00805d", "#3fcf9f"),
    Colour("--l4", "#a8478a", "#ee9fd4"),
    Colour("--l5", "#856a00", "#e6c84a"),
    Colour("--l6", "#5b4bb5", "#aaa0ff"),
    Colour("--l7", "#8c2f2f", "#ff9c9c"),
)
"""The first is for teachers and what is trained on labels alone, the others for generations after it."""


def place(count: int) -> int:
    """The index in ``LINES`` of a generation, or of any other count from 0.

    The first stands for what had no teacher and comes once.
    """
    return count if count < len(LINES) else 1 + (count - 1) % (len(LINES) - 1)
