"""How a LaTeX table is to look: what a person chooses beside the numbers."""

from __future__ import annotations

from attrs import frozen


@frozen
class LatexForm:
    """The default is a ``table`` environment with booktabs rules, for one column of text."""

    tabular: bool = False
    """The tabular alone, without environment, caption and label."""
    wide: bool = False
    """A ``table*``, as wide as a page of two columns."""
    one_line: bool = False
    """Every cell in one line, however small the letters get."""
    siunitx: bool = False
    """Columns of measurements as ``S``, aligned at the point; every cell in one line."""

    @property
    def text_width(self) -> int:
        """Points: of an article in ten points, or of a page with two columns."""
        return 487 if self.wide else 345


DEFAULT = LatexForm()
