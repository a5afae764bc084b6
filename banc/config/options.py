"""What a recipe or an objective may have and need not: each option's numbers have a revision of their own.

None of these is a field. A recipe or objective says a word or a number, and the revision counts where that
is not the default, so that a change of one option's numbers makes none of the other runs again.
"""

from __future__ import annotations

from typing import ClassVar


class ZeroPadding:
    """Padding with zeros instead of reflection."""

    TAG: ClassVar[str] = "ZeroPadding"
    REVISION: ClassVar[int] = 1


class Cutout:
    """Squares that hide a part of an image."""

    TAG: ClassVar[str] = "Cutout"
    REVISION: ClassVar[int] = 1


class Mixup:
    """Images and labels that are mixed in pairs."""

    TAG: ClassVar[str] = "Mixup"
    REVISION: ClassVar[int] = 1


class Standardised:
    """Logit standardisation, by whichever objective.

    Sun et al., Logit Standardization in Knowledge Distillation (arXiv 2403.01427), algorithms 1 and 2.
    """

    TAG: ClassVar[str] = "Standardised"
    REVISION: ClassVar[int] = 1


class CosineSchedule:
    """A learning rate that falls along a cosine."""

    TAG: ClassVar[str] = "CosineSchedule"
    REVISION: ClassVar[int] = 1


class WarmUp:
    """A learning rate that rises at the beginning."""

    TAG: ClassVar[str] = "WarmUp"
    REVISION: ClassVar[int] = 1


class AdamW:
    """The optimizer AdamW."""

    TAG: ClassVar[str] = "AdamW"
    REVISION: ClassVar[int] = 1


class GradientClipping:
    """A bound on the length of a step's gradient."""

    TAG: ClassVar[str] = "GradientClipping"
    REVISION: ClassVar[int] = 1


class LabelSmoothing:
    """Labels that give every class a part."""

    TAG: ClassVar[str] = "LabelSmoothing"
    REVISION: ClassVar[int] = 1


OPTIONS: tuple[type, ...] = (
    ZeroPadding,
    Cutout,
    Mixup,
    Standardised,
    CosineSchedule,
    WarmUp,
    AdamW,
    GradientClipping,
    LabelSmoothing,
)
"""All of them."""
