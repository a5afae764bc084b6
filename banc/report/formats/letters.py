"""How wide a text is in a paper, so that a table can be made to fit before anybody sets it.

The letters are those of Computer Modern in ten points (``cmr10``, as TeX measures them), LaTeX's own font.
Times and Typst's own fonts are narrower, so what fits here fits there.
"""

from __future__ import annotations

import unicodedata

_POINTS = {
    2.8: "!',.:;[]`il|",
    3.1: "fj",
    3.4: " -",
    3.7: "_I",
    4.0: "()rst",
    4.5: "cez†‡",
    5.0: '?"$*/0123456789\\^ago{}~–',
    5.3: "Jkqvxy",
    5.6: "Sbdhnpu",
    6.3: "LZ",
    6.6: "F",
    7.1: "BEP",
    7.7: "ACDHNRTUVXYw",
    7.9: "&+<=>@GKOQ±×÷≈≤≥≠−",
    8.4: "#%m",
    9.2: "M",
    10.3: "W—→←∞",
    13.4: "…",
}
_WIDTH = {letter: points for points, letters in _POINTS.items() for letter in letters}
_OTHER = 8.0
_WIDE = 10.5
"""Of a letter that takes a square, as in Chinese."""

BOLD = 1.15
"""How much wider bold digits are (``cmbx10``)."""


def points(text: str) -> float:
    """The width of a line of text at ten points, in points, at most a little too much."""
    return sum(map(_letter, unicodedata.normalize("NFC", text)))


def _letter(letter: str) -> float:
    if letter not in _WIDTH:
        letter = unicodedata.normalize("NFD", letter)[0]  # an accent widens nothing
    wide = unicodedata.east_asian_width(letter) in "WF"
    return _WIDTH.get(letter, _WIDE if wide else _OTHER)
