"""DKD against the paper's equations, written here in NumPy: values, gradients, and equation 6."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from banc.config.objective import OBJECTIVES, DecoupledDistill
from banc.runner.training.decoupled import decoupled
from banc.runner.training.objectives import loss, ramp, teacher_cross_entropy


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def divergence(p: np.ndarray, q: np.ndarray) -> float:
    return float((p * np.log(p / q)).sum())


def equation(z: np.ndarray, t: np.ndarray, labels: np.ndarray, temperature: float) -> tuple[float, float]:
    """Equations 1 to 6, sample by sample: T^2 TCKD and T^2 NCKD."""
    target = others = 0.0
    for p, q, c in zip(softmax(t / temperature), softmax(z / temperature), labels, strict=True):
        binary = [np.array([r[c], 1 - r[c]]) for r in (p, q)]
        rest = [np.delete(r, c) / (1 - r[c]) for r in (p, q)]
        target, others = target + divergence(*binary), others + divergence(*rest)
    return temperature**2 * target / len(labels), temperature**2 * others / len(labels)


def cross_entropy(z: np.ndarray, labels: np.ndarray) -> float:
    return float(-np.log(softmax(z)[np.arange(len(labels)), labels]).mean())


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_both_parts_equal_their_equations(draw_batch: Callable[..., Any], temperature: float) -> None:
    z, t, labels = draw_batch()
    found = decoupled(*(torch.tensor(each) for each in (z, t, labels)), temperature)
    assert [part.item() for part in found] == pytest.approx(equation(z, t, labels, temperature), rel=1e-9)


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_distillation_is_the_target_and_the_rest_weighted_by_the_teacher(
    draw_batch: Callable[..., Any], temperature: float
) -> None:
    """Equation 6: what weighs the rest down is how sure the teacher is of the target."""
    total, sure = 0.0, []
    for seed in range(4):
        z, t, labels = draw_batch(seed, samples=1)
        target, others = decoupled(*(torch.tensor(each) for each in (z, t, labels)), temperature)
        p = softmax(t / temperature)
        sure.append(float(p[0, labels[0]]))
        total = target.item() + (1 - sure[-1]) * others.item()
        entropy = -(temperature**2) * (p * np.log(p)).sum()
        known = teacher_cross_entropy(torch.tensor(z).float(), torch.tensor(t), temperature).item() - entropy
        assert total == pytest.approx(known, rel=1e-4)
    assert max(sure) > 0.25 > min(sure)


@pytest.mark.parametrize(
    "objective",
    [OBJECTIVES["dkd"], DecoupledDistill(temperature=2.0, labels=0.5, alpha=3.0, beta=0.25)],
    ids=["defaults", "others"],
)
def test_value_and_gradient_of_the_whole(
    draw_batch: Callable[..., Any], differentiate: Callable[..., Any], objective: DecoupledDistill
) -> None:
    z, t, labels = draw_batch()

    def whole(logits: np.ndarray) -> float:
        target, others = equation(logits, t, labels, objective.temperature)
        soft = objective.alpha * target + objective.beta * others
        return objective.labels * cross_entropy(logits, labels) + 0.35 * soft

    logits = torch.tensor(z, dtype=torch.float32, requires_grad=True)
    log_probs = torch.log_softmax(torch.tensor(t), 1)
    value = loss(objective, logits, torch.tensor(labels), log_probs, ramp=0.35)
    assert value.dtype == torch.float32
    assert value.item() == pytest.approx(whole(z), rel=1e-5)
    (gradient,) = torch.autograd.grad(value, logits)
    np.testing.assert_allclose(gradient, differentiate(whole, z), atol=2e-5)


def test_a_sure_teacher_and_a_wrong_student_give_finite_numbers() -> None:
    """1 - p_c is below the precision of float32 there, and its logarithm is not."""
    logits = torch.tensor([[80.0, 0.0, -80.0]], requires_grad=True)
    teacher = torch.tensor([[-60.0, -40.0, 0.0]])
    for label in range(3):
        value = sum(decoupled(logits, teacher, torch.tensor([label]), 1.0), torch.tensor(0.0))
        assert value.isfinite()
        assert torch.autograd.grad(value, logits)[0].isfinite().all()


def test_the_ramp_grows_over_the_warm_up() -> None:
    """min(epoch / 20, 1), with epochs from 1."""
    dkd = OBJECTIVES["dkd"]
    assert [ramp(dkd, epoch) for epoch in (0, 9, 18, 19, 20, 239)] == [0.05, 0.5, 0.95, 1, 1, 1]
    assert ramp(DecoupledDistill(warm_up=0), 0) == 1
    assert all(ramp(OBJECTIVES[name], 0) == 1 for name in OBJECTIVES if name != "dkd")
