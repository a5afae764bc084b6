"""Plain text as LaTeX spells it. Knows nothing of tables."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from banc.printable import one_line

_GREEK = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau"

_SPECIAL = {
    "\0": "{}", "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
    **{letter: f"\\{letter}" for letter in "&%$#_{}"},
    "…": r"\ldots{}", "†": r"\dag{}", "‡": r"\ddag{}", "–": "--",
    "—": "---", "‘": "`", "’": "'", "“": "``", "”": "''",
    "±": r"$\pm$", "×": r"$\times$", "÷": r"$\div$", "·": r"$\cdot$", "−": "$-$", "°": r"$^\circ$",
    "→": r"$\rightarrow$", "←": r"$\leftarrow$", "²": "$^2$", "³": "$^3$", "≈": r"$\approx$",
    "≤": r"$\leq$", "≥": r"$\geq$", "≠": r"$\neq$", "∞": r"$\infty$",
    **{a: rf"$\{b}$" for a, b in zip("αβγδεζηθικλμνξπρστ", _GREEK.split(), strict=True)},
}  # fmt: skip
_LIGATURES = re.compile(r"(?<=[-`',?!])(?=[-`',])")


def escape_latex(text: str) -> str:
    """``text`` so that LaTeX prints exactly it, without ligatures of dashes and quotes."""
    plain = unicodedata.normalize("NFC", one_line(text))
    return "".join(_SPECIAL.get(letter, letter) for letter in _LIGATURES.sub("\0", plain))


def needs(text: str, packages: Sequence[str] = ("booktabs",)) -> list[str]:
    """Comments that tell what a document needs that ``text``, LaTeX already, is put into."""
    strange = sorted({letter for letter in text if not letter.isascii() and not _is_accented(letter)})
    lines = [rf"% needs \usepackage{{{package}}}" for package in packages]
    if "siunitx" in packages:
        options = (
            "separate-uncertainty, retain-zero-uncertainty, detect-weight, table-align-text-after=false, "
            "table-align-uncertainty=false"
        )
        lines.append(rf"% needs \sisetup{{{options}}}")
    if strange:
        lines.append(f"% needs XeLaTeX or LuaLaTeX, and a font that has: {' '.join(strange)}")
    return lines


def _is_accented(letter: str) -> bool:
    parts = unicodedata.normalize("NFD", letter)
    return letter in "ßæÆœŒøØłŁ" or (letter <= "ſ" and parts[0].isascii() and len(parts) == 2)
