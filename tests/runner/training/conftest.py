"""What tests of objectives share: a batch, and gradients of an equation that is written in NumPy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

Batch = tuple[np.ndarray, np.ndarray, np.ndarray]
Equation = Callable[[np.ndarray], float]


@pytest.fixture
def draw_batch() -> Callable[..., Batch]:
    """Logits of a student and of a teacher, (B, K), and labels (B,): float64 and whole numbers."""

    def draw(seed: int = 0, samples: int = 6, classes: int = 5) -> Batch:
        source = np.random.default_rng(seed)
        shape = samples, classes
        return (
            3 * source.normal(size=shape),
            2 * source.normal(size=shape),
            source.integers(0, classes, samples),
        )

    return draw


@pytest.fixture
def differentiate() -> Callable[[Equation, np.ndarray], np.ndarray]:
    """The gradient of an equation at a point, by central differences in float64."""

    def gradient(equation: Equation, at: np.ndarray, step: float = 1e-5) -> np.ndarray:
        found = np.zeros_like(at)
        for place in np.ndindex(*at.shape):
            moved = np.zeros_like(at)
            moved[place] = step
            found[place] = (equation(at + moved) - equation(at - moved)) / (2 * step)
        return found

    return gradient
