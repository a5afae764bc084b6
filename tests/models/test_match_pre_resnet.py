"""Match-Pre-ResNet against a count in closed form; its transitions are pooling alone."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from banc.models.build import count_parameters
from banc.models.match_pre_resnet import MatchPreResNet
from banc.models.pre_resnet import PreUnit


@pytest.mark.parametrize("units", [1, 13, 14])
@pytest.mark.parametrize("inner", [(60, 82, 93), (120, 165, 187)])
def test_parameters_in_closed_form(units: int, inner: tuple[int, ...]) -> None:
    with torch.device("meta"):
        network = MatchPreResNet(units, inner, (480, 660, 750), 100, stem_channels=120)
    total, before = 27 * 120 + 2 * 750 + 750 * 100 + 100, 120
    for narrow, width in zip(inner, (480, 660, 750), strict=True):
        total += before * width
        for _ in range(units):
            total += 2 * before + before * narrow + 4 * narrow + 9 * narrow * narrow + narrow * width
            before = width
    assert count_parameters(network) == total


def test_pooling_stands_between_the_blocks_only() -> None:
    network = MatchPreResNet(2, (2, 2, 3), (8, 9, 10), 10, stem_channels=4)
    units = [PreUnit, PreUnit]
    expected = [*units, nn.AvgPool2d, *units, nn.AvgPool2d, *units]
    assert [type(part) for part in network.blocks] == expected
