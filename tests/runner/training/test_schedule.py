"""Learning rates against their equations, and against what the papers say of their runs."""

from __future__ import annotations

import math
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from banc.config.recipe import PRESETS, Preset, Recipe
from banc.runner.training.schedule import learning_rate


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


def rates(recipe: Recipe, steps: int) -> list[float]:
    """Of every step of the run."""
    return [
        learning_rate(recipe, epoch, step, steps) for epoch in range(recipe.epochs) for step in range(steps)
    ]


def test_a_cosine_by_hand(recipe: Recipe) -> None:
    """Four epochs of two steps: the angles are eighths of a half turn."""
    recipe = attrs.evolve(recipe, epochs=4, schedule="cosine", learning_rate=2.0)
    expected = [1 + math.cos(math.pi * eighth / 8) for eighth in range(8)]
    assert rates(recipe, 2) == pytest.approx(expected)
    assert rates(recipe, 2)[4] == pytest.approx(1.0)


def test_a_cosine_is_that_of_torch(recipe: Recipe) -> None:
    torch = pytest.importorskip("torch")
    weight = torch.nn.Parameter(torch.ones(1))
    theirs = torch.optim.SGD([weight], lr=0.3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(theirs, T_max=15)
    recipe = attrs.evolve(recipe, epochs=5, schedule="cosine", learning_rate=0.3)
    for ours in rates(recipe, 3):
        assert ours == pytest.approx(theirs.param_groups[0]["lr"], rel=1e-9)
        theirs.step()
        schedule.step()


def test_a_warm_up_by_hand(recipe: Recipe) -> None:
    """A quarter of 4 epochs of 2 steps is 2 steps; then the rest is a whole cosine."""
    recipe = attrs.evolve(recipe, epochs=4, learning_rate=1.0, warm_up=0.25, drop_at=(0.5,), drop_factor=0.1)
    assert rates(recipe, 2) == pytest.approx([0.5, 1, 1, 1, 0.1, 0.1, 0.1, 0.1])
    recipe = attrs.evolve(recipe, schedule="cosine")
    expected = [(1 + math.cos(math.pi * sixth / 6)) / 2 for sixth in range(6)]
    assert rates(recipe, 2) == pytest.approx([0.5, 1, *expected])


@given(
    st.sampled_from(["steps", "cosine"]),
    st.integers(1, 30),
    st.integers(1, 20),
    st.integers(0, 99).map(lambda part: part / 100),
)
def test_laws_of_a_schedule(schedule: Any, epochs: int, steps: int, warm_up: float) -> None:
    """It rises to the learning rate, which it does not pass, and never rises again; it is never 0."""
    recipe = attrs.evolve(
        PRESETS["wide-resnet"],
        epochs=epochs,
        schedule=schedule,
        warm_up=warm_up,
        drop_at=(),
        learning_rate=0.5,
    )
    found = rates(recipe, steps)
    assert min(found) > 0
    assert max(found) == 0.5
    top = found.index(0.5)
    assert found[: top + 1] == sorted(found[: top + 1])
    assert found[top:] == sorted(found[top:], reverse=True)
    # No step more than what was said, and no more than a step less.
    assert top + 1 == max(1, math.ceil(round(warm_up * 100) * epochs * steps / 100))


def test_without_them_all_steps_of_an_epoch_have_its_rate(recipe: Recipe) -> None:
    for epoch in range(recipe.epochs):
        assert {learning_rate(recipe, epoch, step, 7) for step in range(7)} == {learning_rate(recipe, epoch)}
