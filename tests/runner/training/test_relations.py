"""DIST against the paper's equations, written here in NumPy: values and gradients.

That several processes compute the same is held in ``tests/runner/test_processes.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from banc.config.objective import OBJECTIVES, RelationMatch
from banc.runner.training.objectives import loss
from banc.runner.training.relations import inter_class, intra_class


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def distance(rows: np.ndarray, others: np.ndarray) -> float:
    """The mean over rows of 1 - Pearson's correlation, by NumPy's own."""
    return float(np.mean([1 - np.corrcoef(one, two)[0, 1] for one, two in zip(rows, others, strict=True)]))


def equation(z: np.ndarray, t: np.ndarray, temperature: float) -> tuple[float, float]:
    """Inter-class: over the classes of each sample. Intra-class: over the samples of each class."""
    student, teacher = softmax(z / temperature), softmax(t / temperature)
    return (
        temperature**2 * distance(student, teacher),
        temperature**2 * distance(student.T, teacher.T),
    )


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_both_relations_equal_their_equations(draw_batch: Callable[..., Any], temperature: float) -> None:
    z, t, _ = draw_batch()
    tensors = torch.tensor(z), torch.tensor(t)
    inter, intra = equation(z, t, temperature)
    assert inter_class(*tensors, temperature).item() == pytest.approx(inter, rel=1e-5)
    assert intra_class(*tensors, temperature).item() == pytest.approx(intra, rel=1e-5)


@pytest.mark.parametrize(
    "objective",
    [OBJECTIVES["dist"], RelationMatch(1.5, 0.5, 3.0, 0.0), RelationMatch(1.5, 0.0, 0.0, 0.7)],
    ids=["defaults", "inter", "intra"],
)
def test_value_and_gradient_of_the_whole(
    draw_batch: Callable[..., Any], differentiate: Callable[..., Any], objective: RelationMatch
) -> None:
    z, t, labels = draw_batch()

    def whole(logits: np.ndarray) -> float:
        inter, intra = equation(logits, t, objective.temperature)
        on_labels = -np.log(softmax(logits)[np.arange(len(labels)), labels]).mean()
        return float(objective.labels * on_labels + objective.inter * inter + objective.intra * intra)

    logits = torch.tensor(z, dtype=torch.float32, requires_grad=True)
    value = loss(objective, logits, torch.tensor(labels), torch.log_softmax(torch.tensor(t), 1))
    assert value.dtype == torch.float32
    assert value.item() == pytest.approx(whole(z), rel=1e-5)
    (gradient,) = torch.autograd.grad(value, logits)
    np.testing.assert_allclose(gradient, differentiate(whole, z), atol=2e-5)


def test_a_scaled_teacher_correlates_perfectly_within_a_sample() -> None:
    """Probabilities that the student moves to and fro, or stretches, cost nothing: the idea of the paper."""
    teacher = torch.tensor([[0.5, 0.3, 0.2]])
    student = (0.5 * teacher + 0.5 / 3).log()
    assert inter_class(student, teacher.log(), 1.0).item() == pytest.approx(0, abs=1e-6)


def test_a_class_that_no_image_is_thought_to_have_counts_as_unrelated() -> None:
    """Its probabilities of 1e-13 vary together, which is noise as a rule: of three classes two correlate."""
    logits = torch.tensor([[1.0, 0.0, -30.0], [0.0, 1.0, -30.5], [0.5, 0.0, -29.0]])
    assert intra_class(logits, logits, 1.0).item() == pytest.approx(1 / 3, abs=1e-4)


def test_nothing_to_correlate_gives_finite_gradients() -> None:
    """One image has no relation to others; of equal probabilities nothing varies."""
    for logits in (torch.zeros(3, 4), torch.randn(1, 4), torch.tensor([[200.0, 0, 0, 0]] * 3)):
        logits.requires_grad_()
        teacher = torch.log_softmax(torch.tensor([[9.0, 0, 1, 2]] * len(logits)), 1)
        value = inter_class(logits, teacher, 1.0) + intra_class(logits, teacher, 1.0)
        assert value.isfinite()
        assert torch.autograd.grad(value, logits)[0].isfinite().all()
