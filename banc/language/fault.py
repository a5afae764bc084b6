"""A fault is a value: what is wrong, where, what is legal, what is near."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Literal

from attrs import field, frozen

from banc.language.codes import Code
from banc.language.positions import Span

Severity = Literal["error", "warning"]


@frozen
class Fault:
    """One thing wrong with a spec."""

    code: Code
    file: str
    """As the user named it."""
    span: Span
    message: str
    """Lower case, with the offending value."""
    line_text: str
    """The line of the spec that ``span`` is on."""
    legal: tuple[str, ...] = ()
    """What could stand there, where that is a list."""
    near: str | None = None
    """The legal value most like the one that stands there."""
    severity: Severity = field()

    @severity.default
    def _severity(self) -> Severity:
        return self.code.severity


ALIKE = 0.65
"""How much alike two words are, from 0 to 1, of which one may be meant by the other."""


def nearest(word: object, legal: Iterable[str], alike: float = ALIKE) -> str | None:
    """The legal word most like ``word``, if any is much like it, or the only one of which it is a part."""
    by_folded = {item.casefold(): item for item in legal}
    folded = str(word).casefold()
    # Two letters exchanged in a word of two leave little that is alike.
    for item in by_folded:
        if sorted(item) == sorted(folded):
            return by_folded[item]
    if matches := difflib.get_close_matches(folded, by_folded, n=1, cutoff=alike):
        return by_folded[matches[0]]
    parts = [item for item in by_folded if folded in item.split("_")] if alike <= ALIKE else []
    return by_folded[parts[0]] if len(parts) == 1 else None
