"""DIST: how a student's probabilities correlate with its teacher's, within samples and within classes.

Huang, You, Wang, Qian, Xu: Knowledge Distillation from A Stronger Teacher (arXiv 2205.10536), the inter-class
and the intra-class relation, with 1 - Pearson's correlation as the distance. In: logits of student and
teacher. Out: one number. The intra-class relation is between all images of a step; where several processes
share a step, it is computed from sums over all of them.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

SumOver = Callable[[Tensor], Tensor]
"""The sum of a tensor over the processes that share a batch, with its gradient."""

EPSILON = 1e-8
"""Added to the denominator of a correlation, as in the authors' program. It matters for a class that no image
of the step is thought to have: then correlation is mostly noise, and so it tends to 0."""

LEAST = 1e-24
"""Least sum of squares, so that the gradient of its root is finite."""


def here(tensor: Tensor) -> Tensor:
    """The sum over the processes where there is one."""
    return tensor


def inter_class(logits: Tensor, teacher_log_probs: Tensor, temperature: float) -> Tensor:
    """T^2 (1 - r), with r the correlation over the classes of a sample: the mean over samples, a scalar.

    Args:
        logits: float32 (B, K).
        teacher_log_probs: float16 or float32 (B, K), or logits.
    """
    student, teacher = _probabilities(logits, teacher_log_probs, temperature)
    student, teacher = (each - each.mean(1, keepdim=True) for each in (student, teacher))
    found = _correlation((student * teacher).sum(1), student.square().sum(1), teacher.square().sum(1))
    return temperature**2 * (1 - found.mean())


def intra_class(
    logits: Tensor, teacher_log_probs: Tensor, temperature: float, sum_over: SumOver = here
) -> Tensor:
    """T^2 (1 - r), with r the correlation over the samples of a batch: the mean over classes, a scalar.

    Each of several processes has the value of the whole batch. Its gradient is right where the values of all
    are added with weights that sum to one.
    """
    student, teacher = _probabilities(logits, teacher_log_probs, temperature)
    count = sum_over(logits.new_full((), len(logits)))
    student, teacher = (each - sum_over(each.sum(0)) / count for each in (student, teacher))
    products = ((student * teacher).sum(0), student.square().sum(0), teacher.square().sum(0))
    found = _correlation(*(sum_over(product) for product in products))
    return temperature**2 * (1 - found.mean())


def _probabilities(logits: Tensor, teacher_log_probs: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    return (logits / temperature).softmax(1), (teacher_log_probs.float() / temperature).softmax(1)


def _correlation(products: Tensor, squares: Tensor, teacher_squares: Tensor) -> Tensor:
    """Pearson's, from sums over what is centred."""
    norms = squares.clamp_min(LEAST).sqrt() * teacher_squares.clamp_min(LEAST).sqrt()
    return products / (norms + EPSILON)
