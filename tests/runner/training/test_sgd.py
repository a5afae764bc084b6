from __future__ import annotations

import math
from typing import Any

import attrs
import pytest
import torch
from torch.nn import Parameter

from banc.config.recipe import PRESETS, Preset, Recipe
from banc.runner.training.sgd import Sgd, learning_rate


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


def test_the_papers_learning_rates() -> None:
    """0.1, times 0.2 at epochs 60, 120 and 160 of 200."""
    rates = [learning_rate(PRESETS["wide-resnet"], epoch) for epoch in range(200)]
    changes = [epoch for epoch in range(1, 200) if rates[epoch] != rates[epoch - 1]]
    assert changes == [60, 120, 160]
    assert [rates[epoch] for epoch in (0, *changes)] == pytest.approx([0.1, 0.02, 0.004, 0.0008])


def test_a_point_that_python_writes_with_an_exponent(recipe: Recipe) -> None:
    recipe = attrs.evolve(recipe, epochs=10**6, drop_at=(1e-05,))
    assert learning_rate(recipe, 9) == recipe.learning_rate > learning_rate(recipe, 10)


def drops(recipe: Recipe, **changes: Any) -> list[int]:
    """The epochs at which the rate drops, one for each drop."""
    recipe = attrs.evolve(recipe, drop_factor=0.5, learning_rate=1.0, **changes)
    counts = [round(-math.log2(learning_rate(recipe, epoch))) for epoch in range(recipe.epochs)]
    return [epoch for epoch, count in enumerate(counts) for _ in range(count - ([0, *counts][epoch]))]


@pytest.mark.parametrize(
    ("epochs", "points", "expected"),
    [
        (200, (0.3, 0.6, 0.8), [60, 120, 160]),
        (300, (0.5, 0.75), [150, 225]),
        (40, (0.3, 0.6, 0.8), [12, 24, 32]),
        (8, (0.3, 0.6, 0.8), [3, 5, 7]),  # 2.4, 4.8 and 6.4: the first epoch that begins after
        (5, (0.5,), [3]),  # half to even would be 2
        (5, (0.6,), [3]),  # 0.6 * 5 is 3, whatever floats make of it
        (100, (0.07, 0.14, 0.28, 0.55, 0.56, 0.57), [7, 14, 28, 55, 56, 57]),  # floats: 7.000000000000001
        (1, (0.3, 0.6, 0.8), []),
        (1, (0.0,), [0]),
        (4, (0.5, 0.5), [2, 2]),
    ],
)
def test_the_rate_drops_at_the_first_epoch_at_or_after_a_point(
    recipe: Recipe, epochs: int, points: tuple[float, ...], expected: list[int]
) -> None:
    assert drops(recipe, epochs=epochs, drop_at=points) == expected


@pytest.mark.parametrize("name", PRESETS)
def test_one_epoch_never_starts_at_a_dropped_rate(name: Preset) -> None:
    recipe = attrs.evolve(PRESETS[name], epochs=1)
    assert learning_rate(recipe, 0) == recipe.learning_rate
