from __future__ import annotations

import attrs
import pytest
import torch
from torch.nn import Parameter

from banc.config.recipe import Recipe
from banc.runner.training.sgd import Sgd


@pytest.mark.parametrize(
    ("momentum", "nesterov", "decay"),
    [(0.9, True, 5e-4), (0.9, False, 0.1), (0.0, False, 0.0), (0.0, True, 0.1)],
)
def test_three_steps_by_hand(recipe: Recipe, momentum: float, nesterov: bool, decay: float) -> None:
    rule = attrs.evolve(recipe, momentum=momentum, nesterov=nesterov, weight_decay=decay)
    weight = Parameter(torch.tensor([1.0, -2.0]))
    optimizer = Sgd([weight], rule)
    w, v = [1.0, -2.0], [0.0, 0.0]
    for rate in (0.1, 0.1, 0.02):
        optimizer.zero_grad()
        torch.autograd.backward((weight**3).sum())
        optimizer.step(rate)
        for i in range(2):
            g = 3 * w[i] ** 2 + decay * w[i]
            v[i] = momentum * v[i] + g
            w[i] -= rate * (g + momentum * v[i] if nesterov else v[i])
    assert weight.tolist() == pytest.approx(w, rel=1e-5)


def test_what_is_frozen_does_not_move_or_decay(recipe: Recipe) -> None:
    frozen, free = Parameter(torch.ones(2), requires_grad=False), Parameter(torch.ones(2))
    optimizer = Sgd([frozen, free], recipe)
    assert len(optimizer.momenta) == 1
    torch.autograd.backward((frozen * free).sum())
    optimizer.step(0.1)
    assert frozen.tolist() == [1, 1]
    assert free.tolist() != [1, 1]


def test_a_weight_that_the_loss_does_not_see_stays(recipe: Recipe) -> None:
    unseen, seen = Parameter(torch.ones(1)), Parameter(torch.ones(1))
    optimizer = Sgd([unseen, seen], recipe)
    torch.autograd.backward(seen.sum())
    optimizer.step(0.1)
    assert unseen.item() == 1
    assert seen.item() != 1
