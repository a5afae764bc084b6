"""DenseNet-BC against torchvision's, which shares its dense blocks but not its stem."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torchvision.models import DenseNet as Independent

from banc.models.build import count_parameters
from banc.models.densenet import DenseNet


def independent(units: int, growth: int, classes: int) -> Independent:
    return Independent(growth, (units,) * 3, 2 * growth, bn_size=4, num_classes=classes)


@pytest.mark.parametrize(("depth", "growth"), [(100, 12), (250, 24), (190, 40), (90, 60), (112, 33)])
def test_parameters_equal_an_independent_implementation(depth: int, growth: int) -> None:
    with torch.device("meta"):
        ours = DenseNet(depth, growth, 100)
        theirs = independent((depth - 4) // 6, growth, 100)
    imagenet_stem = count_parameters(theirs.features[:2])
    assert count_parameters(ours) - count_parameters(ours.stem) == count_parameters(theirs) - imagenet_stem


def convolutions(network: nn.Module, images: Tensor) -> list[tuple[torch.Size, torch.Size]]:
    """The shapes of each convolution's weight and output, in the order of the forward pass."""
    seen: list[tuple[torch.Size, torch.Size]] = []
    hooks = [
        module.register_forward_hook(lambda layer, _, output: seen.append((layer.weight.shape, output.shape)))
        for module in network.modules()
        if isinstance(module, nn.Conv2d)
    ]
    network(images)
    for hook in hooks:
        hook.remove()
    return seen


@pytest.mark.parametrize(("depth", "growth"), [(100, 12), (90, 60)])
def test_layer_shapes_equal_an_independent_implementation(depth: int, growth: int) -> None:
    images = torch.empty(2, 3, 32, 32, device="meta")
    with torch.device("meta"):
        ours = DenseNet(depth, growth, 100)
        theirs = independent((depth - 4) // 6, growth, 100)
    expected = convolutions(theirs.features[4:], ours.stem(images))
    assert convolutions(ours, images)[1:] == expected
    assert len(expected) == 6 * ((depth - 4) // 6) + 2
    assert ours.classifier.weight.shape == theirs.classifier.weight.shape


def test_textbook_sizes() -> None:
    """The DenseNet paper's table 2, C10+: 0.8 M, 15.3 M, 25.6 M."""
    with torch.device("meta"):
        counts = [count_parameters(DenseNet(*size, 10)) / 1e6 for size in ((100, 12), (250, 24), (190, 40))]
    assert [round(count, 1) for count in counts] == [0.8, 15.3, 25.6]


@pytest.mark.parametrize("training", [False, True])
def test_outputs_equal_an_independent_implementation(training: bool) -> None:
    torch.manual_seed(0)
    ours = DenseNet(22, 4, 7).train(training)
    theirs = independent(3, 4, 7).train(training)
    blocks_and_head = [*theirs.features[4:].parameters(), *theirs.classifier.parameters()]
    mine = [tensor for name, tensor in ours.named_parameters() if not name.startswith("stem")]
    with torch.no_grad():
        for target, source in zip(blocks_and_head, mine, strict=True):
            target.copy_(source.normal_())
    images = torch.randn(5, 3, 16, 16)
    expected = theirs.features[4:](ours.stem(images)).relu().mean((2, 3))
    assert torch.allclose(ours(images), theirs.classifier(expected), rtol=1e-3, atol=1e-3)


def test_third_transition_is_the_only_difference() -> None:
    textbook, third = DenseNet(16, 4, 10), DenseNet(16, 4, 10, third_transition=True)
    shapes = {name: tensor.shape for name, tensor in textbook.named_parameters()}
    more = {name: tensor.shape for name, tensor in third.named_parameters()}
    added = {name: shape for name, shape in more.items() if name not in shapes}
    changed = {name for name in shapes if shapes[name] != more[name]}
    wide, half = textbook.classifier.in_features, third.classifier.in_features
    assert half == wide // 2
    assert sorted(added.values()) == [(half, wide, 1, 1), (wide,), (wide,)]
    assert changed == {"norm.weight", "norm.bias", "classifier.weight"}


@pytest.mark.parametrize("third_transition", [False, True])
def test_resolution_is_halved_twice(third_transition: bool) -> None:
    network = DenseNet(16, 4, 10, third_transition=third_transition)
    blocks = network.blocks(network.stem(torch.randn(2, 3, 28, 20)))
    assert blocks.shape[2:] == (7, 5)


def test_depth_drops_a_remainder() -> None:
    """Floor((d - 4) / 6): 112 and 113 are the same network, 118 is not."""
    with torch.device("meta"):
        counts = [count_parameters(DenseNet(depth, 6, 10)) for depth in (112, 113, 118)]
    assert counts[0] == counts[1] < counts[2]
