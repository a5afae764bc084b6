"""Decoupled knowledge distillation: the divergence from a teacher in two parts.

Zhao, Cui, Song, Qiu, Liang: Decoupled Knowledge Distillation (arXiv 2203.08679), equations 1 to 7. In: logits
of student and teacher, labels. Out: two numbers.
"""

from __future__ import annotations

import torch
from torch import Tensor


def decoupled(
    logits: Tensor, teacher_logits: Tensor, labels: Tensor, temperature: float
) -> tuple[Tensor, Tensor]:
    """T^2 TCKD and T^2 NCKD, means over the batch: two float32 scalars.

    With p at temperature T and c the label, TCKD is the KL divergence between (p_c, 1 - p_c) of teacher and
    student, NCKD that between their p_k / (1 - p_c) over the other classes k. The divergence over all classes
    is TCKD + (1 - p_c of the teacher) NCKD, equation 6.

    Args:
        logits: float32 (B, K), K at least 2.
        teacher_logits: the same, up to a constant for each sample.
        labels: int64 (B,).
    """
    target = torch.arange(logits.shape[1], device=logits.device) == labels[:, None]
    student, student_others = _parts(logits / temperature, target)
    teacher, teacher_others = _parts(teacher_logits / temperature, target)
    tckd = (teacher.exp() * (teacher - student)).sum(1).mean()
    # At the target both are minus infinity.
    differences = (teacher_others - student_others).masked_fill(target, 0)
    nckd = (teacher_others.exp() * differences).sum(1).mean()
    return temperature**2 * tckd, temperature**2 * nckd


def _parts(logits: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Logarithms: of (p_c, 1 - p_c), (B, 2), and of p_k / (1 - p_c), (B, K), minus infinity at the target."""
    others = logits.masked_fill(target, -torch.inf)
    # Not by an index: the host would have to wait for the device to count them.
    chosen = logits.masked_fill(~target, 0).sum(1)
    return torch.stack((chosen, others.logsumexp(1)), 1).log_softmax(1), others.log_softmax(1)
