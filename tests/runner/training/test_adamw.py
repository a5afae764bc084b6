"""AdamW against torch's own class, and by hand."""

from __future__ import annotations

import attrs
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import Parameter

from banc.config.recipe import PRESETS, Recipe
from banc.runner.training.adamw import AdamW
from banc.runner.training.optimizer import new_optimizer
from banc.runner.training.sgd import Sgd

ADAMW = attrs.evolve(PRESETS["wide-resnet"], optimizer="adamw")


def test_two_steps_by_hand() -> None:
    recipe = attrs.evolve(ADAMW, beta1=0.8, beta2=0.9, epsilon=0.01, weight_decay=0.1)
    weight = Parameter(torch.tensor([1.0, -2.0]))
    optimizer = AdamW([weight], recipe)
    w, m, v = [1.0, -2.0], [0.0, 0.0], [0.0, 0.0]
    for step, rate in enumerate((0.1, 0.05), 1):
        optimizer.zero_grad()
        torch.autograd.backward((weight**3).sum())
        optimizer.step(rate)
        for i in range(2):
            g = 3 * w[i] ** 2
            m[i], v[i] = 0.8 * m[i] + 0.2 * g, 0.9 * v[i] + 0.1 * g * g
            mean, square = m[i] / (1 - 0.8**step), v[i] / (1 - 0.9**step)
            w[i] -= rate * (0.1 * w[i] + mean / (square**0.5 + 0.01))
    assert weight.tolist() == pytest.approx(w, rel=1e-5)


@given(
    st.integers(0, 1000),
    st.floats(0, 0.99),
    st.floats(0.5, 0.9999),
    st.floats(0, 1),
    st.sampled_from([0.0, 0.5, 100.0]),
    st.lists(st.sampled_from(["both", "first", "second"]), min_size=1, max_size=5),
)
@settings(deadline=None, max_examples=40)
def test_every_step_is_that_of_torch(
    seed: int, beta1: float, beta2: float, decay: float, clip_norm: float, seen: list[str]
) -> None:
    """Weights that the loss does not see in a step wait, and their count of steps with them."""
    recipe = attrs.evolve(ADAMW, beta1=beta1, beta2=beta2, weight_decay=decay, clip_norm=clip_norm)
    source = torch.Generator().manual_seed(seed)
    start = [torch.randn(3, 2, generator=source), torch.randn(4, generator=source)]
    ours, theirs = ([Parameter(each.clone()) for each in start] for _ in range(2))
    optimizer = AdamW(ours, recipe)
    betas, epsilon = (beta1, beta2), recipe.epsilon
    reference = torch.optim.AdamW(theirs, lr=1.0, betas=betas, eps=epsilon, weight_decay=decay)
    for step, who in enumerate(seen):
        gradients = [torch.randn(each.shape, generator=source) for each in start]
        for weights in (ours, theirs):
            for number, (weight, gradient) in enumerate(zip(weights, gradients, strict=True)):
                there = who == "both" or number == (0 if who == "first" else 1)
                weight.grad = gradient.clone() if there else None
        if clip_norm:
            torch.nn.utils.clip_grad_norm_(theirs, clip_norm)
        for group in reference.param_groups:
            group["lr"] = 0.1 / (step + 1)
        rate = 0.1 / (step + 1)
        optimizer.step(torch.tensor(rate, dtype=torch.float64) if seed % 2 else rate)
        reference.step()
        for one, other in zip(ours, theirs, strict=True):
            assert torch.allclose(one, other, rtol=1e-4, atol=1e-5)


def test_what_is_frozen_does_not_move_or_decay() -> None:
    frozen, free = Parameter(torch.ones(2), requires_grad=False), Parameter(torch.ones(2))
    optimizer = AdamW([frozen, free], ADAMW)
    assert len(optimizer.state) == 3
    torch.autograd.backward((frozen * free).sum())
    optimizer.step(0.1)
    assert frozen.tolist() == [1, 1]
    assert free.tolist() != [1, 1]


def test_a_recipe_names_its_optimizer(recipe: Recipe) -> None:
    assert isinstance(new_optimizer([], recipe), Sgd)
    assert isinstance(new_optimizer([], ADAMW), AdamW)
