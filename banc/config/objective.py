"""What to minimise. ``runner.training.objectives`` holds the functions; here are their names and numbers."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from attrs import frozen

from banc.config.constraints import Bound, PositiveWeight, Weight


@frozen
class Labels:
    """Cross-entropy with the labels, equation 1: how a teacher or a baseline is trained."""

    KIND: ClassVar[str] = "labels"
    TAG: ClassVar[str] = "Labels"
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
    TAG: ClassVar[str] = "Distill"
    REVISION: ClassVar[int] = 1

    temperature: Annotated[float, Bound(at_least=0.001, at_most=1000)] = 1.0
    """T: divides the logits of student and teacher in the teacher's term, which T^2 scales back."""

    labels: Weight = 1.0
    """Weight of the labels' term."""

    teacher: PositiveWeight = 1.0
    """Weight of the teacher's term."""

    @property
    def slug(self) -> str:
        for name, preset in OBJECTIVES.items():
            if preset == self:
                return name
        return self.KIND


@frozen
class ConfidenceWeighted:
    """Cross-entropy with the labels, each sample weighted by how sure its teacher is.

    Confidence-weighting by teacher max, Furlanello et al. (arXiv 1805.04770), section 3.2: sample s of a
    mini-batch has the weight max p_s / sum_u max p_u, with p the teacher's probabilities.
    """

    KIND: ClassVar[str] = "cwtm"
    TAG: ClassVar[str] = "Cwtm"
    REVISION: ClassVar[int] = 1

    @property
    def slug(self) -> str:
        return self.KIND


@frozen
class PermutedTeacher:
    """Cross-entropy with the teacher's outputs, after permuting all but the largest of each sample.

    Dark knowledge with permuted predictions, Furlanello et al. (arXiv 1805.04770), section 3.2. It keeps
    how sure the teacher is, and forgets which of the other classes it thinks likely.
    """

    KIND: ClassVar[str] = "dkpp"
    TAG: ClassVar[str] = "Dkpp"
    REVISION: ClassVar[int] = 2

    redraw: Literal["epoch", "never"] = "epoch"
    """When a sample's permutation is drawn: anew each time it is seen, which is once an epoch, or once for
    the whole run. The paper does not say."""

    @property
    def slug(self) -> str:
        return self.KIND


Objective = Labels | Distill | ConfidenceWeighted | PermutedTeacher
"""Every objective that a spec can name."""

OBJECTIVES: dict[str, Objective] = {
    "labels": Labels(),
    "ban": Distill(temperature=1.0, labels=0.0, teacher=1.0),
    "ban-l": Distill(temperature=1.0, labels=1.0, teacher=1.0),
    "cwtm": ConfidenceWeighted(),
    "dkpp": PermutedTeacher(),
}
"""Objectives that papers gave names to. A student of a lineage or transfer takes any but ``labels``."""


def needs_teacher(objective: Objective) -> bool:
    """Whether the objective reads a teacher's outputs."""
    match objective:
        case Labels():
            return False
        case Distill() | ConfidenceWeighted() | PermutedTeacher():
            return True
