"""Match-Wide-ResNet against a count in closed form, on the paper's skeleton and on another."""

from __future__ import annotations

import pytest
import torch

from banc.models.build import count_parameters
from banc.models.densenet import Transition
from banc.models.match_wide_resnet import MatchWideResNet
from banc.models.wide_resnet import WideUnit


def closed_form(units: int, widths: tuple[int, ...], transitions: tuple[int, ...], stem: int) -> int:
    total, before = 27 * stem, stem
    for width, out in zip(widths, transitions, strict=True):
        for _ in range(units):
            total += 2 * before + 9 * before * width + 2 * width + 9 * width * width
            total += before * width if before != width else 0
            before = width
        total += 2 * width + width * out
        before = out
    return total + 2 * before + 100 * before + 100


@pytest.mark.parametrize("units", [1, 2, 4])
@pytest.mark.parametrize(
    ("widths", "transitions", "stem"),
    [
        ((480, 660, 750), (480, 660, 750), 120),
        ((240, 330, 375), (480, 660, 750), 120),
        ((8, 9, 9), (6, 7, 9), 8),
    ],
)
def test_parameters_in_closed_form(
    units: int, widths: tuple[int, ...], transitions: tuple[int, ...], stem: int
) -> None:
    with torch.device("meta"):
        network = MatchWideResNet(units, widths, transitions, 100, stem_channels=stem)
    assert count_parameters(network) == closed_form(units, widths, transitions, stem)


def test_a_block_is_its_units_and_a_transition_and_two_of_three_pool() -> None:
    network = MatchWideResNet(2, (4, 5, 6), (6, 7, 8), 10, stem_channels=3)
    assert [type(part) for part in network.blocks] == [WideUnit, WideUnit, Transition] * 3
    assert [part.pool for part in network.blocks[2::3]] == [True, True, False]


def test_the_first_unit_projects_and_the_others_do_not() -> None:
    network = MatchWideResNet(3, (4, 5, 6), (6, 7, 8), 10, stem_channels=3)
    units = [part for part in network.blocks if isinstance(part, WideUnit)]
    assert [unit.shortcut is not None for unit in units] == [True, False, False] * 3


def test_dropout_reaches_every_unit() -> None:
    network = MatchWideResNet(2, (4, 5, 6), (6, 7, 8), 10, stem_channels=3, dropout=0.3)
    assert [part.dropout.p for part in network.blocks if isinstance(part, WideUnit)] == [0.3] * 6
