from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from banc.config.image import ImageShape
from banc.config.model import DenseNetBC, WideResNet
from banc.config.recipe import Recipe
from banc.models.build import build
from banc.runner.training.sgd import Sgd
from banc.runner.training.state import Line, State

SHAPE = ImageShape(channels=1, height=8, width=8, classes=10)
MODEL = DenseNetBC(10, 4)
HERE = {"device": "cpu, 1 thread"}


def state(recipe: Recipe, model: Any = MODEL, made_with: dict[str, str] = HERE) -> State:
    network = build(model, SHAPE).to(memory_format=torch.channels_last)
    return State(network, Sgd(network.parameters(), recipe), made_with)


def everything(of: State) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in of._tensors().items()}


def disturb(of: State) -> None:
    """Gives every tensor other numbers, statistics and counters among them."""
    generator = torch.Generator().manual_seed(1)
    for tensor in of._tensors().values():
        with torch.no_grad():
            tensor.copy_(torch.rand(tensor.shape, generator=generator) * 9 + 1)


def test_a_state_comes_back_whole(recipe: Recipe) -> None:
    first, second = state(recipe), state(recipe)
    disturb(first)
    first.end_epoch(Line(1, 0.1, 1 / 3, 100 / 7, None))
    first.end_epoch(Line(2, 0.1, 1 / 4, 100 / 8, 100 / 3))
    first.step = 5
    first.sums += 0.1
    assert second.unpack(first.pack())
    assert (second.epoch, second.step, second.history) == (
        2,
        5,
        [(1, 0.1, 1 / 3, 100 / 7, None), (2, 0.1, 1 / 4, 100 / 8, 100 / 3)],
    )
    ours, theirs = everything(second), everything(first)
    assert list(ours) == list(theirs)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert second.made_with == [HERE]


def test_a_state_from_before_test_errors_were_measured_is_gone_on_with(recipe: Recipe) -> None:
    first, second = state(recipe), state(recipe)
    first.end_epoch((1, 0.1, 0.5, 50.0))  # type: ignore[arg-type]
    assert second.unpack(first.pack())
    assert second.history == [(1, 0.1, 0.5, 50.0, None)]


def test_the_same_state_is_the_same_bytes(recipe: Recipe) -> None:
    first, second = state(recipe), state(recipe)
    disturb(first)
    disturb(second)
    assert first.pack() == second.pack()


def test_tensors_are_filled_and_not_replaced(recipe: Recipe) -> None:
    """The network's and the optimizer's own, in the layout they had."""
    packed = state(recipe).pack()
    other = state(recipe)
    before = {name: (tensor.data_ptr(), tensor.stride()) for name, tensor in other._tensors().items()}
    assert other.unpack(packed)
    assert before == {name: (tensor.data_ptr(), tensor.stride()) for name, tensor in other._tensors().items()}


def test_where_it_was_trained_is_kept(recipe: Recipe) -> None:
    there, yonder = {"device": "there"}, {"device": "yonder"}
    second = state(recipe, made_with=there)
    assert second.unpack(state(recipe).pack())
    assert second.made_with == [HERE, there]
    third = state(recipe, made_with=yonder)
    assert third.unpack(second.pack())
    assert third.made_with == [HERE, there, yonder]
    back = state(recipe)
    assert back.unpack(third.pack())
    assert back.made_with == [there, yonder, HERE]


@pytest.mark.parametrize("what", ["another network", "another width", "no state", "half of it", "empty"])
def test_what_is_not_its_own_changes_nothing(recipe: Recipe, what: str) -> None:
    ours = state(recipe)
    before = everything(ours)
    whole = state(recipe).pack()
    content = {
        "another network": lambda: state(recipe, WideResNet(10, 1)).pack(),
        "another width": lambda: state(recipe, DenseNetBC(10, 6)).pack(),
        "no state": lambda: b"\x02\0\0\0\0\0\0\0{}",
        "half of it": lambda: whole[: len(whole) // 2],
        "empty": bytes,
    }[what]()
    assert not ours.unpack(content)
    assert (ours.epoch, ours.step) == (0, 0)
    after = everything(ours)
    assert all(torch.equal(after[name], before[name]) for name in before)


def test_frozen_weights_have_no_momentum(recipe: Recipe) -> None:
    network = nn.Linear(3, 2)
    network.weight.requires_grad_(False)
    names = State(network, Sgd(network.parameters(), recipe), HERE)._tensors()
    assert list(names) == ["network.weight", "network.bias", "momentum.0", "sums"]
