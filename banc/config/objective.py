"""What to minimise. ``runner.objectives`` holds the functions; here are their names and numbers."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from banc.config.bounds import NonNegative, Positive


@frozen
class Labels:
    """Cross-entropy with the labels, equation 1: how a teacher or a baseline is trained."""

    KIND: ClassVar[str] = "labels"
    REVISION: ClassVar[int] = 1

    @property
    def slug(self) -> str:
        return self.KIND


@frozen
class Distill:
    """Cross-entropy with the labels and with a teacher's softened outputs, weighted.

    labels * CE(y, softmax(z)) + teacher * T^2 * CE(softmax(t / T), softmax(z / T)), Hinton et al.
    (arXiv 1503.02531), section 2. With T = 1: weights 1 and 1 are equation 2 (``ban-l``), weights 0
    and 1 the teacher's outputs alone (``ban``).
    """

    KIND: ClassVar[str] = "distill"
    REVISION: ClassVar[int] = 1

    temperature: Positive = 1.0
    """T: divides the logits of student and teacher in the teacher's term, which T^2 scales back."""

    labels: NonNegative = 1.0
    """Weight of the labels' term."""

    teacher: Positive = 1.0
    """Weight of the teacher's term."""

    @property
    def slug(self) -> str:
        for name, preset in OBJECTIVES.items():
            if preset == self:
                return name
        return self.KIND


Objective = Labels | Distill
"""Every objective that a spec can name."""

OBJECTIVES: dict[str, Objective] = {
    "labels": Labels(),
    "ban": Distill(temperature=1.0, labels=0.0, teacher=1.0),
    "ban-l": Distill(temperature=1.0, labels=1.0, teacher=1.0),
}
"""Objectives that papers gave names to. A student of a lineage or transfer takes any but ``labels``."""


def needs_teacher(objective: Objective) -> bool:
    """Whether the objective reads a teacher's outputs."""
    match objective:
        case Labels():
            return False
        case Distill():
            return True
