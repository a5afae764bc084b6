"""What training minimises: each objective of ``config.objective`` as a pure function of tensors.

Furlanello et al., Born Again Neural Networks, equations 1 to 3; Hinton, Vinyals, Dean: Distilling the
Knowledge in a Neural Network (arXiv 1503.02531), section 2, for temperature, weights and matched logits; the
longer Born Again Neural Networks (arXiv 1805.04770), section 3.2, for CWTM and DKPP; ``decoupled``,
``relations`` and ``standardise`` for DKD, DIST and logit standardisation.
In: logits, labels, a teacher's log-probabilities. Out: one number, which does not change when a constant is
added to a sample's logits: so a teacher's log-probabilities are as good as its logits. Knows nothing of
networks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from banc.config.objective import (
    ConfidenceWeighted,
    DecoupledDistill,
    Distill,
    Labels,
    LogitMatch,
    Objective,
    OwnObjective,
    PermutedTeacher,
    RelationMatch,
    needs_one_label,
    warm_up,
)
from banc.models.own_objective import Losses
from banc.runner.training.decoupled import decoupled
from banc.runner.training.relations import SumOver, here, inter_class, intra_class
from banc.runner.training.standardise import standardise


class Mixed(NamedTuple):
    """What mixup adds to the labels of a batch."""

    labels: Tensor
    """Of the images that those of the batch are mixed with, int64 (B,)."""
    ratios: Tensor
    """r, the share of the batch's own images: float32 (B,)."""


def loss(
    objective: Objective,
    logits: Tensor,
    labels: Tensor,
    teacher_log_probs: Tensor | None,
    *,
    mixed: Mixed | None = None,
    smoothing: float = 0.0,
    ramp: float | Tensor = 1.0,
    sum_over: SumOver = here,
    own: Losses | None = None,
) -> Tensor:
    """The objective's value, the mean over the batch, as a float32 scalar.

    Args:
        logits: the student's, (B, K).
        labels: int64 (B,).
        teacher_log_probs: the teacher's log-probabilities at temperature 1, float16 or float32 (B, K);
            None where the objective has no teacher.
        mixed: where images are mixed: a term with the labels is then r times that of the labels, plus 1 - r
            times that of the others' labels, for each image. Not for an objective that asks which class is
            the right one (``config.objective.needs_one_label``).
        smoothing: e, the part of a label that is shared out among all classes: (1 - e) y + e / K, Szegedy et
            al. (arXiv 1512.00567), section 7. It is about the labels alone.
        ramp: what ``ramp`` says of the epoch; of objectives without a warm-up it is 1. A tensor where the
            value of another epoch must be read without running this again.
        sum_over: the sum of a tensor over the processes that share a batch, with its gradient.
        own: the function of an objective of a person's own.
    """
    logits = logits.float()
    on_targets = partial(_on_labels, logits, labels, mixed, smoothing)
    assert mixed is None or not needs_one_label(objective)
    match objective:
        case Labels():
            return on_targets()
        case Distill(temperature=temperature, labels=on_labels, teacher=on_teacher):
            assert teacher_log_probs is not None
            student, teacher = _compared(objective, logits, teacher_log_probs)
            soft = teacher_cross_entropy(student, teacher, temperature)
            return on_labels * on_targets() + on_teacher * soft
        case ConfidenceWeighted():
            assert teacher_log_probs is not None
            losses = on_targets(reduction="none")
            return (confidence_weights(teacher_log_probs) * losses).sum()
        case PermutedTeacher():
            # Permuted where they were looked up: a permutation is drawn for a sample, not for a batch.
            assert teacher_log_probs is not None
            return teacher_cross_entropy(logits, teacher_log_probs, 1.0)
        case DecoupledDistill(temperature=temperature, labels=on_labels, alpha=alpha, beta=beta):
            assert teacher_log_probs is not None
            student, teacher = _compared(objective, logits, teacher_log_probs)
            target, others = decoupled(student, teacher, labels, temperature)
            return on_labels * on_targets() + ramp * (alpha * target + beta * others)
        case RelationMatch(temperature=temperature, labels=on_labels, inter=inter, intra=intra):
            assert teacher_log_probs is not None
            value = on_labels * on_targets()
            if inter:
                value = value + inter * inter_class(logits, teacher_log_probs, temperature)
            if intra:
                value = value + intra * intra_class(logits, teacher_log_probs, temperature, sum_over)
            return value
        case LogitMatch(labels=on_labels, teacher=on_teacher):
            assert teacher_log_probs is not None
            matched = centred_squares(logits, finite(teacher_log_probs))
            return on_labels * on_targets() + on_teacher * matched
        case OwnObjective():
            assert own is not None
            assert teacher_log_probs is not None
            return own(logits, labels, teacher_log_probs.float()).float().mean()


def _on_labels(
    logits: Tensor,
    labels: Tensor,
    mixed: Mixed | None,
    smoothing: float,
    reduction: Literal["mean", "none"] = "mean",
) -> Tensor:
    """Cross-entropy with the labels: the mean over the batch, or that of each image, (B,)."""
    if mixed is None:
        return cross_entropy(logits, labels, label_smoothing=smoothing, reduction=reduction)
    own, others = (
        cross_entropy(logits, classes, label_smoothing=smoothing, reduction="none")
        for classes in (labels, mixed.labels)
    )
    losses = mixed.ratios * own + (1 - mixed.ratios) * others
    return losses.mean() if reduction == "mean" else losses


def ramp(objective: Objective, epoch: int) -> float:
    """The factor of the teacher's terms in an epoch, counted from 0: it grows to 1 over the warm-up."""
    return min((epoch + 1) / warm_up(objective), 1.0) if warm_up(objective) else 1.0


def _compared(
    objective: Distill | DecoupledDistill, logits: Tensor, teacher_log_probs: Tensor
) -> tuple[Tensor, Tensor]:
    """What the teacher's term compares: logits of the student and of the teacher, float32 (B, K)."""
    teacher = finite(teacher_log_probs)
    return (standardise(logits), standardise(teacher)) if objective.standardise else (logits, teacher)


def finite(teacher_log_probs: Tensor) -> Tensor:
    """A teacher's log-probabilities as float32, none below the least number of float16.

    A store rounds those to minus infinity. Their probability is 0 either way, and differences stay numbers.
    """
    return teacher_log_probs.float().clamp_min(torch.finfo(torch.float16).min)


def part_weight(
    teacher_log_probs: Tensor | None, part: slice, size: int, total: Tensor | None
) -> Tensor | float:
    """The weight of the loss of ``part`` in its step's loss: the weighted parts add up to the step.

    Args:
        teacher_log_probs: of the images of the step that are here.
        size: images of the whole step, here or not.
        total: the sum of ``confidence`` over these, where ``has_batch_weights`` is true.
    """
    if total is not None:
        # The weights sum to one over a step, and so within a part, which has to be undone.
        assert teacher_log_probs is not None
        return (confidence(teacher_log_probs) / total)[part].sum()
    return len(range(*part.indices(size))) / size


def has_batch_weights(objective: Objective) -> bool:
    """Whether a sample's weight depends on the other samples of its step."""
    return isinstance(objective, ConfidenceWeighted)


def teacher_cross_entropy(logits: Tensor, teacher_log_probs: Tensor, temperature: float) -> Tensor:
    """T^2 CE(p_T, softmax(z / T)), where p_T = softmax(log p / T): a scalar.

    A teacher's logits and its log-probabilities differ by a constant for each sample, so both give the
    same p_T. Cross-entropy and KL divergence differ by the teacher's entropy and have one gradient.
    """
    softened = torch.softmax(teacher_log_probs.float() / temperature, 1)
    return temperature**2 * cross_entropy(logits / temperature, softened)


def centred_squares(logits: Tensor, teacher_log_probs: Tensor) -> Tensor:
    """sum_k (z_k - mean z - t_k + mean t)^2 / 2K, the mean over the batch: a scalar.

    Hinton et al. (arXiv 1503.02531), section 2.1: what T^2 KL(teacher, student) tends to as T grows. That
    logits have the mean zero is assumed in the paper, and made so here.
    """
    difference = logits - teacher_log_probs.float()
    return (difference - difference.mean(1, keepdim=True)).square().mean() / 2


def confidence_weights(teacher_log_probs: Tensor) -> Tensor:
    """The weight max p_s / sum_u max p_u of each sample s of a batch: float32 (B,), which sums to one."""
    largest = confidence(teacher_log_probs)
    return largest / largest.sum()


def confidence(teacher_log_probs: Tensor) -> Tensor:
    """The largest probability of each sample, max p_s: float32 (B,)."""
    return teacher_log_probs.float().amax(1).exp()


def permute_rest(teacher_log_probs: Tensor, keys: Tensor) -> Tensor:
    """Every output but the largest in the order of random ``keys``; the largest stays where it is.

    Args:
        teacher_log_probs: (B, K).
        keys: float (B, K), drawn independently and uniformly: then every permutation is as likely.
    """
    largest = teacher_log_probs.argmax(1, keepdim=True)
    # Sorted with the largest behind all others, so that it is both the last source and the last place.
    sources = keys.scatter(1, largest, torch.inf).argsort(1)
    places = torch.arange(keys.shape[1], device=keys.device).expand_as(keys)
    places = places.scatter(1, largest, keys.shape[1]).argsort(1)
    return torch.empty_like(teacher_log_probs).scatter_(1, places, teacher_log_probs.gather(1, sources))


def mean_log_probs(teachers: Sequence[Tensor]) -> Tensor:
    """The teacher that several make: the log of the mean of their probabilities, equation 4.

    Args:
        teachers: log-probabilities (..., K), all of one shape. A single one is returned unchanged.
    """
    if len(teachers) == 1:
        return teachers[0]
    stacked = torch.stack([teacher.float() for teacher in teachers])
    return torch.logsumexp(stacked, 0) - math.log(len(teachers))
