"""What to minimise. ``runner.training.objectives`` holds the functions; here are their names and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Annotated, ClassVar, Literal

import attrs
from attrs import frozen

from banc.config.constraints import DERIVED, Bound, PositiveWeight, Weight, revised_by
from banc.config.custom import Argument
from banc.config.options import Standardised
from banc.config.slug import slug_of

Temperature = Annotated[float, Bound(at_least=0.001, at_most=1000)]


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

    temperature: Temperature = 1.0
    """T: divides the logits of student and teacher in the teacher's term, which T^2 scales back."""

    labels: Weight = 1.0
    """Weight of the labels' term."""

    teacher: PositiveWeight = 1.0
    """Weight of the teacher's term."""

    standardise: bool = attrs.field(default=False, metadata=revised_by(Standardised))
    """Logit standardisation: in the teacher's term, each sample's logits become their Z-scores first (minus
    their mean, divided by their standard deviation), those of student and teacher alike."""

    @property
    def slug(self) -> str:
        # Part of addresses: names that came later are not among these.
        return next((name for name in ("ban", "ban-l") if OBJECTIVES[name] == self), self.KIND)


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


@frozen
class DecoupledDistill:
    """Decoupled knowledge distillation (DKD): the target class and all others have terms of their own.

    labels * CE(y, softmax(z)) + r * T^2 * (alpha * TCKD + beta * NCKD), Zhao et al. (arXiv 2203.08679),
    equations 6 and 7. TCKD is the KL divergence of teacher and student on target class against the rest;
    NCKD that of their distributions over the other classes alone; r grows over the first epochs.
    """

    KIND: ClassVar[str] = "dkd"
    TAG: ClassVar[str] = "Dkd"
    REVISION: ClassVar[int] = 1

    temperature: Temperature = 4.0
    """T: divides the logits of student and teacher in both of the teacher's terms, which T^2 scales back."""

    labels: Weight = 1.0
    """Weight of the labels' term."""

    alpha: Weight = 1.0
    """Weight of the target class's term, TCKD."""

    beta: Weight = 8.0
    """Weight of the other classes' term, NCKD. The authors choose it for each pair of networks."""

    warm_up: Annotated[int, Bound(at_least=0, at_most=1_000_000)] = 20
    """Epochs over which the teacher's terms grow to their full weight: r = epoch / `warm_up`, at most 1, with
    epochs counted from 1. 0 for none."""

    standardise: bool = attrs.field(default=False, metadata=revised_by(Standardised))
    """Logit standardisation in the teacher's terms, as in `distill`."""

    @property
    def slug(self) -> str:
        return self.KIND


@frozen
class RelationMatch:
    """DIST: correlation with the teacher's outputs instead of equality, within samples and within classes.

    labels * CE(y, softmax(z)) + T^2 * (inter * (1 - mean_i r_i) + intra * (1 - mean_k r_k)), Huang et al.
    (arXiv 2205.10536), inter-class and intra-class relation. r_i is Pearson's correlation of student and
    teacher over the probabilities of sample i, r_k over those that the samples of a step have of class k, at
    temperature T. The factor T^2 is that of the authors' program.
    """

    KIND: ClassVar[str] = "dist"
    TAG: ClassVar[str] = "Dist"
    REVISION: ClassVar[int] = 1

    temperature: Temperature = 4.0
    """T: divides the logits of student and teacher in the teacher's terms, which T^2 scales back."""

    labels: Weight = 1.0
    """Weight of the labels' term."""

    inter: Weight = 2.0
    """Weight of the relation between the classes of a sample; beta in the paper."""

    intra: Weight = 2.0
    """Weight of the relation between the samples of a class, over all images of a step; gamma in the paper.
    Where it is not 0, a step cannot be split into micro-batches."""

    @property
    def slug(self) -> str:
        return self.KIND


@frozen
class LogitMatch:
    """Mean squared difference of the logits of student and teacher, each sample's mean subtracted.

    labels * CE(y, softmax(z)) + teacher * sum_k (z_k - mean z - t_k + mean t)^2 / 2K: the limit of `distill`
    for high temperatures, Hinton et al. (arXiv 1503.02531), section 2.1. Without its mean, a teacher's logit
    is what its log-probability is, which differs by a constant for each sample.
    """

    KIND: ClassVar[str] = "mse"
    TAG: ClassVar[str] = "Mse"
    REVISION: ClassVar[int] = 1

    labels: Weight = 1.0
    """Weight of the labels' term."""

    teacher: PositiveWeight = 1.0
    """Weight of the teacher's term."""

    @property
    def slug(self) -> str:
        return self.KIND


@frozen
class OwnObjective:
    """A function of a person's own, in a Python file of the workspace: a loss for each image.

    Called as ``function(logits, labels, teacher, **arguments)`` with float32 (B, classes), int64 (B,) and the
    teacher's log-probabilities, float32 (B, classes); returns the loss of each image, (B,), which depends on
    that image alone. A step minimises their mean.
    """

    KIND: ClassVar[str] = "function"
    TAG: ClassVar[str] = "OwnObjective"
    REVISION: ClassVar[int] = 1
    GIVEN: ClassVar[tuple[str, ...]] = ("logits", "labels", "teacher")

    file: str
    """The Python file, relative to the workspace: `objectives/mine.py`. Its bytes are part of what the
    objective is."""

    function: str
    """The function in that file."""

    digest: str = attrs.field(metadata=DERIVED)
    """The SHA-256 of the file's bytes, 64 hex digits."""

    arguments: Mapping[str, Argument] = attrs.Factory(dict)
    """Further arguments of that function."""

    @property
    def slug(self) -> str:
        return slug_of(self.KIND, PurePosixPath(self.file).stem, self.function)


Objective = (
    Labels
    | Distill
    | ConfidenceWeighted
    | PermutedTeacher
    | DecoupledDistill
    | RelationMatch
    | LogitMatch
    | OwnObjective
)
"""Every objective that a spec can name."""

OBJECTIVES: dict[str, Objective] = {
    "labels": Labels(),
    "ban": Distill(temperature=1.0, labels=0.0, teacher=1.0),
    "ban-l": Distill(temperature=1.0, labels=1.0, teacher=1.0),
    "cwtm": ConfidenceWeighted(),
    "dkpp": PermutedTeacher(),
    "kd": Distill(temperature=4.0, labels=0.1, teacher=0.9),
    "dkd": DecoupledDistill(),
    "dist": RelationMatch(),
    "mse": LogitMatch(),
}
"""Objectives that papers gave names to. A student of a lineage or transfer takes any but ``labels``."""


def needs_teacher(objective: Objective) -> bool:
    """Whether the objective reads a teacher's outputs."""
    match objective:
        case Labels() | DecoupledDistill(alpha=0, beta=0) | RelationMatch(inter=0, intra=0):
            return False
        case Distill() | ConfidenceWeighted() | PermutedTeacher():
            return True
        case DecoupledDistill() | RelationMatch() | LogitMatch() | OwnObjective():
            return True


def needs_whole_step(objective: Objective) -> bool:
    """Whether its value for an image depends on the outputs for the other images of the step."""
    return isinstance(objective, RelationMatch) and objective.intra > 0


def needs_one_label(objective: Objective) -> bool:
    """Whether it asks which class is the right one, where a mixed image has the labels of two."""
    return isinstance(objective, DecoupledDistill | OwnObjective)


def warm_up(objective: Objective) -> int:
    """Epochs over which the teacher's terms grow to their full weight."""
    return objective.warm_up if isinstance(objective, DecoupledDistill) else 0


def smooths_labels(objective: Objective) -> bool:
    """Whether label smoothing changes the objective: it has a term with the labels."""
    match objective:
        case Labels() | ConfidenceWeighted():
            return True
        case Distill() | DecoupledDistill() | RelationMatch() | LogitMatch():
            return objective.labels > 0
        case PermutedTeacher() | OwnObjective():
            return False
