"""Pre-activation ResNet against a count in closed form, its depth and its path of identities."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from banc.models.build import count_parameters
from banc.models.pre_resnet import PreResNet, PreUnit


def closed_form(depth: int, classes: int) -> int:
    """Every layer's parameters by arithmetic."""
    units = (depth - 2) // 9
    total = 3 * 16 * 9 + 256 * 2 + 256 * classes + classes
    before = 16
    for inner in (16, 32, 64):
        out = 4 * inner
        after_first = 2 * inner + 9 * inner * inner + 2 * inner + inner * out
        total += 2 * before + before * inner + after_first + before * out
        total += (units - 1) * (2 * out + out * inner + after_first)
        before = out
    return total


@pytest.mark.parametrize("depth", [11, 20, 110, 164, 1001])
def test_parameters_in_closed_form(depth: int) -> None:
    with torch.device("meta"):
        network = PreResNet(depth, 100)
    assert count_parameters(network) == closed_form(depth, 100)


def test_textbook_sizes() -> None:
    """The authors give 1.7 M for ResNet-164 and 10.2 M for ResNet-1001, on CIFAR-10."""
    with torch.device("meta"):
        counts = [count_parameters(PreResNet(depth, 10)) / 1e6 for depth in (164, 1001)]
    assert counts == pytest.approx([1.7, 10.2], rel=0.015)


@pytest.mark.parametrize("depth", [11, 164])
def test_depth_counts_the_layers_on_the_longest_path(depth: int) -> None:
    with torch.device("meta"):
        network = PreResNet(depth, 10)
    layers = [
        module
        for path, module in network.named_modules()
        if isinstance(module, nn.Conv2d | nn.Linear) and not path.endswith("shortcut")
    ]
    assert len(layers) == depth


def test_units_are_identities_where_their_last_convolution_is_silent() -> None:
    unit = PreUnit(8, 2, 8)
    nn.init.zeros_(unit.conv3.weight)
    x = torch.randn(2, 8, 5, 5)
    assert torch.equal(unit(x), x)


def test_a_unit_equals_its_equation() -> None:
    """Where statistics are trivial and convolutions 1x1 in effect, a unit is arithmetic on channels."""
    torch.manual_seed(0)
    unit = PreUnit(3, 2, 4, stride=2).eval()
    with torch.no_grad():
        unit.conv2.weight *= torch.eye(9)[4].view(3, 3)
    x = torch.randn(2, 3, 6, 6)
    active = (x / (1 + 1e-5) ** 0.5).relu()[:, :, ::2, ::2]

    def apply(weight: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        return torch.einsum("oi,bihw->bohw", weight, value)

    inner = apply(unit.conv1.weight[:, :, 0, 0], active) / (1 + 1e-5) ** 0.5
    inner = apply(unit.conv2.weight[:, :, 1, 1], inner.relu()) / (1 + 1e-5) ** 0.5
    expected = apply(unit.conv3.weight[:, :, 0, 0], inner.relu())
    assert unit.shortcut is not None
    expected += apply(unit.shortcut.weight[:, :, 0, 0], active)
    assert torch.allclose(unit(x), expected, atol=1e-5)


def test_shortcuts_project_only_at_the_start_of_a_group() -> None:
    blocks = PreResNet(29, 10).blocks
    assert [place for place, unit in enumerate(blocks) if unit.shortcut is not None] == [0, 3, 6]
