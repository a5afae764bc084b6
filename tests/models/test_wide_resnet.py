"""Wide-ResNet against a count in closed form and a functional forward pass of the same weights."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, batch_norm, conv2d, linear, relu
from torchvision.models.resnet import BasicBlock

from banc.models.build import count_parameters
from banc.models.wide_resnet import WideResNet


def closed_form(depth: int, widening: int, classes: int, channels: int = 3) -> int:
    """Every layer's parameters by arithmetic, from table 1 of the paper."""
    units, k = (depth - 4) // 6, widening
    widths = (16, 16 * k, 32 * k, 64 * k)
    total = channels * 16 * 9 + widths[3] * 2 + widths[3] * classes + classes
    for before, width in pairwise(widths):
        first = 2 * before + 9 * before * width + 2 * width + 9 * width * width
        shortcut = before * width if before != width else 0
        others = (units - 1) * (2 * width + 9 * width * width) * 2
        total += first + shortcut + others
    return total


@pytest.mark.parametrize(("depth", "widening"), [(10, 1), (16, 4), (28, 1), (28, 2), (28, 10), (40, 4)])
def test_parameters_in_closed_form(depth: int, widening: int) -> None:
    with torch.device("meta"):
        network = WideResNet(depth, widening, 100)
    assert count_parameters(network) == closed_form(depth, widening, 100)


def test_textbook_sizes() -> None:
    """The Wide-ResNet paper's tables 4 and 5: 40-4 8.9 M, 16-8 11.0 M, 28-10 36.5 M."""
    with torch.device("meta"):
        counts = [count_parameters(WideResNet(*size, 10)) / 1e6 for size in ((40, 4), (16, 8), (28, 10))]
    assert [round(count, 1) for count in counts] == [8.9, 11.0, 36.5]


def test_a_count_that_other_programs_print() -> None:
    """36,479,194: 28-10 for ten classes in the implementations that people compare with."""
    with torch.device("meta"):
        assert count_parameters(WideResNet(28, 10, 10)) == 36_479_194


def test_layer_shapes_equal_an_independent_implementation() -> None:
    """torchvision's basic units, stacked as table 1 of the paper says; they only normalise elsewhere."""

    def units(before: int, width: int, stride: int) -> Iterator[nn.Module]:
        project = nn.Conv2d(before, width, 1, stride, bias=False)
        yield BasicBlock(before, width, stride, project)
        for _ in range(3):
            yield BasicBlock(width, width)

    with torch.device("meta"):
        stem = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        groups = (*units(16, 160, 1), *units(160, 320, 2), *units(320, 640, 2))
        theirs, ours = nn.Sequential(stem, *groups), WideResNet(28, 10, 100)
    images = torch.empty(2, 3, 32, 32, device="meta")

    def shapes(network: nn.Module) -> list[tuple[torch.Size, torch.Size]]:
        seen: list[tuple[torch.Size, torch.Size]] = []
        for module in network.modules():
            if isinstance(module, nn.Conv2d):
                module.register_forward_hook(
                    lambda layer, _, output: seen.append((layer.weight.shape, output.shape))
                )
        network(images)
        return seen

    # The order within a unit differs: ours projects first.
    assert sorted(shapes(ours)) == sorted(shapes(theirs))
    x = y = ours.stem(images)
    for mine, other in zip(ours.blocks, groups, strict=True):
        x, y = mine(x), other(y)
        assert x.shape == y.shape


def functional(weights: dict[str, Tensor], images: Tensor, units: int) -> Tensor:
    """The network as its equations, on named tensors, each group written out."""

    def activated(x: Tensor, name: str) -> Tensor:
        statistics = weights[f"{name}.running_mean"], weights[f"{name}.running_var"]
        return relu(batch_norm(x, *statistics, weights[f"{name}.weight"], weights[f"{name}.bias"]))

    x = conv2d(images, weights["stem.weight"], padding=1)
    for group in range(3):
        for unit in range(units):
            name = f"blocks.{group * units + unit}"
            stride = 2 if group > 0 and unit == 0 else 1
            active = activated(x, f"{name}.norm1")
            if f"{name}.shortcut.weight" in weights:
                x = conv2d(active, weights[f"{name}.shortcut.weight"], stride=stride)
            new = conv2d(active, weights[f"{name}.conv1.weight"], stride=stride, padding=1)
            x = x + conv2d(activated(new, f"{name}.norm2"), weights[f"{name}.conv2.weight"], padding=1)
    pooled = avg_pool2d(activated(x, "norm"), x.shape[-1]).flatten(1)
    return linear(pooled, weights["classifier.weight"], weights["classifier.bias"])


@pytest.mark.parametrize(("depth", "widening"), [(16, 2), (10, 1)])
def test_outputs_equal_the_equations(depth: int, widening: int) -> None:
    torch.manual_seed(0)
    network = WideResNet(depth, widening, 7, dropout=0.5).eval()
    with torch.no_grad():
        for tensor in network.state_dict().values():
            if tensor.is_floating_point():
                tensor.uniform_(0.1, 0.5)
    images = torch.randn(3, 3, 16, 16)
    weights = dict(network.state_dict())
    assert torch.allclose(network(images), functional(weights, images, (depth - 4) // 6), rtol=1e-4)


def test_shortcuts_project_only_where_the_shape_changes() -> None:
    def projections(widening: int) -> list[int]:
        blocks = WideResNet(16, widening, 10).blocks
        return [place for place, unit in enumerate(blocks) if unit.shortcut is not None]

    assert projections(1) == [2, 4], "16 channels to 16 need no projection"
    assert projections(2) == [0, 2, 4]


def test_dropout_is_active_only_in_training() -> None:
    torch.manual_seed(0)
    network = WideResNet(10, 1, 10, dropout=0.3)
    images = torch.randn(4, 3, 8, 8)
    assert not torch.equal(network(images), network(images))
    network.eval()
    assert torch.equal(network(images), network(images))


def test_without_dropout_training_is_deterministic() -> None:
    network = WideResNet(10, 1, 10)
    images = torch.randn(4, 3, 8, 8)
    assert torch.equal(network(images), network(images))


def test_dropout_sits_between_the_convolutions() -> None:
    """Near 1 it silences the second convolutions, so that only the path of the shortcuts is left."""
    torch.manual_seed(0)
    network = WideResNet(10, 2, 10, dropout=1.0)
    seen: list[Tensor] = []
    for unit in network.blocks:
        unit.conv2.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    logits = network(torch.randn(4, 3, 8, 8))
    assert len(seen) == 3
    assert not any(tensor.any() for tensor in seen)
    assert logits.isfinite().all()
