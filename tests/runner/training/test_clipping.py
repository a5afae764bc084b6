"""Clipping against its definition, and against torch's own."""

from __future__ import annotations

import attrs
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import Parameter

from banc.config.recipe import Recipe
from banc.runner.training.clipping import clip
from banc.runner.training.sgd import Sgd


def test_a_long_gradient_is_scaled_and_a_short_one_is_left() -> None:
    gradients = [torch.tensor([3.0]), torch.tensor([[0.0, 4.0]])]
    clip(gradients, 2.5)
    assert [each.tolist() for each in gradients] == [[1.5], [[0.0, 2.0]]]
    before = [each.clone() for each in gradients]
    clip(gradients, 2.5)
    assert all(map(torch.equal, gradients, before)), "of the length itself, to the bit"


@given(st.integers(0, 1000), st.floats(0.01, 100))
def test_it_is_what_torch_does(seed: int, longest: float) -> None:
    source = torch.Generator().manual_seed(seed)
    ours = [torch.randn(shape, generator=source) for shape in ((3, 4), (5,), (2, 2, 2))]
    theirs = [Parameter(torch.zeros_like(each)) for each in ours]
    for weight, gradient in zip(theirs, ours, strict=True):
        weight.grad = gradient.clone()
    torch.nn.utils.clip_grad_norm_(theirs, longest)
    clip(ours, longest)
    for weight, gradient in zip(theirs, ours, strict=True):
        assert weight.grad is not None
        assert torch.allclose(weight.grad, gradient, rtol=1e-3)
    assert torch.cat([each.flatten() for each in ours]).norm() <= longest * (1 + 1e-5)


def test_no_gradient_at_all_stays_that() -> None:
    gradients = [torch.zeros(3)]
    clip(gradients, 0.1)
    assert gradients[0].tolist() == [0, 0, 0]


def test_clipping_comes_before_decay_and_momentum(recipe: Recipe) -> None:
    """As in the papers' programs: the penalty's part of a step is not clipped."""
    recipe = attrs.evolve(recipe, clip_norm=1.0, weight_decay=0.5, momentum=0.0)
    weight = Parameter(torch.tensor([2.0]))
    optimizer = Sgd([weight], recipe)
    weight.grad = torch.tensor([10.0])
    optimizer.step(0.1)
    assert weight.item() == pytest.approx(2 - 0.1 * (1 + 0.5 * 2))
