"""Logit standardisation against algorithms 1 and 2 of its paper, written here in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from banc.config.objective import DecoupledDistill, Distill
from banc.runner.training.decoupled import decoupled
from banc.runner.training.objectives import loss
from banc.runner.training.standardise import standardise


def z_scores(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Algorithm 1, with its base temperature."""
    centred = logits - logits.mean(1, keepdims=True)
    scores: np.ndarray = centred / np.sqrt((centred**2).mean(1, keepdims=True)) / temperature
    return scores


def log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(1, keepdims=True)
    found: np.ndarray = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    return found


def test_z_scores(draw_batch: Callable[..., Any]) -> None:
    z, _, _ = draw_batch()
    for scale in (1.0, 1e-4):  # a network at its beginning says almost the same of all classes
        np.testing.assert_allclose(standardise(torch.tensor(scale * z)), z_scores(z, 1.0), rtol=1e-3)


def test_value_and_gradient_of_distillation(
    draw_batch: Callable[..., Any], differentiate: Callable[..., Any]
) -> None:
    """Algorithm 2, line 6: the labels see the logits as they are; divergence and cross-entropy differ by the
    teacher's entropy."""
    z, t, labels = draw_batch()

    def whole(logits: np.ndarray) -> float:
        teacher, student = log_softmax(z_scores(t, 2.0)), log_softmax(z_scores(logits, 2.0))
        on_labels = -log_softmax(logits)[np.arange(len(labels)), labels].mean()
        divergence = (np.exp(teacher) * (teacher - student)).sum(1).mean()
        return float(0.1 * on_labels + 9 * 4 * divergence)

    teacher = log_softmax(z_scores(t, 2.0))
    entropy = -(np.exp(teacher) * teacher).sum(1).mean()
    objective = Distill(temperature=2.0, labels=0.1, teacher=9.0, standardise=True)
    logits = torch.tensor(z, dtype=torch.float32, requires_grad=True)
    value = loss(objective, logits, torch.tensor(labels), torch.log_softmax(torch.tensor(t), 1))
    assert value.item() - 9 * 4 * entropy == pytest.approx(whole(z), rel=1e-5)
    (gradient,) = torch.autograd.grad(value, logits)
    np.testing.assert_allclose(gradient, differentiate(whole, z), atol=2e-5)


def test_dkd_of_z_scores(draw_batch: Callable[..., Any]) -> None:
    z, t, labels = draw_batch()
    objective = DecoupledDistill(temperature=2.0, labels=0.0, alpha=9.0, beta=18.0, standardise=True)
    scores = (torch.tensor(z_scores(each, 1.0)) for each in (z, t))
    target, others = decoupled(*scores, torch.tensor(labels), 2.0)
    value = loss(objective, torch.tensor(z), torch.tensor(labels), torch.log_softmax(torch.tensor(t), 1))
    assert value.item() == pytest.approx((9 * target + 18 * others).item(), rel=1e-5)


def test_scale_is_not_compared(draw_batch: Callable[..., Any]) -> None:
    z, _, labels = draw_batch()
    logits = torch.tensor(z, dtype=torch.float32, requires_grad=True)
    objective = Distill(temperature=2.0, labels=0.0, teacher=1.0, standardise=True)
    value = loss(objective, logits, torch.tensor(labels), torch.log_softmax(5 * torch.tensor(z), 1))
    assert torch.autograd.grad(value, logits)[0].abs().max() < 1e-5


def test_equal_logits_give_a_finite_gradient() -> None:
    logits = torch.zeros(2, 3, requires_grad=True)
    assert standardise(logits).abs().max() == 0
    value = (standardise(logits) * torch.tensor([1.0, 2.0, 3.0])).sum()
    assert torch.autograd.grad(value, logits)[0].isfinite().all()
