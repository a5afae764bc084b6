"""Costs against arithmetic, layer by layer, and against the same networks with real numbers."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.flop_counter import FlopCounterMode

from banc.config.image import ImageShape
from banc.config.model import (
    VGG,
    DenseNetBC,
    ImageNetResNet,
    MatchDenseNet,
    MatchPreResNet,
    MatchWideResNet,
    MobileNetV2,
    Model,
    PreResNet,
    ResNet,
    ShuffleNetV1,
    ShuffleNetV2,
    TorchvisionNetwork,
    WideResNet,
)
from banc.models.build import build, build_meta, count_parameters
from banc.models.measure import Output, measure

CIFAR = ImageShape(channels=3, height=32, width=32, classes=100)
SMALL = DenseNetBC(16, 6, third_transition=True)
FLOAT = 4
"""Bytes of a number."""


def dense_net(units: int, k: int) -> tuple[int, int]:
    """Multiply-adds and kept numbers of a textbook DenseNet-BC on CIFAR-100, by arithmetic.

    Kept are the inputs of every convolution, normalisation and pooling, and the results of ReLU, which
    are the inputs of convolutions.
    """
    width, pixels = 2 * k, 32 * 32
    adds, kept = 9 * 3 * width * pixels, 3 * pixels
    for block in range(3):
        for _ in range(units):
            adds += (width * 4 * k + 9 * 4 * k * k) * pixels
            kept += 2 * (width + 4 * k) * pixels
            width += k
        if block < 2:
            adds += width * (width // 2) * pixels
            kept += (2 * width + width // 2) * pixels
            width, pixels = width // 2, pixels // 4
    return adds + width * 100, kept + 2 * width * pixels + width


def wide_res_net(units: int, k: int) -> tuple[int, int]:
    """The same for a Wide-ResNet without dropout."""
    before, pixels = 16, 32 * 32
    adds, kept = 9 * 3 * 16 * pixels, 3 * pixels
    for group, base in enumerate((16, 32, 64)):
        for unit in range(units):
            width, old = base * k, pixels
            if group and not unit:
                pixels //= 4
            adds += 9 * before * width * pixels + 9 * width * width * pixels
            adds += before * width * pixels if (before, old) != (width, pixels) else 0
            # The shortcut reads what the first convolution reads.
            kept += 2 * before * old + 2 * width * pixels
            before = width
    return adds + before * 100, kept + 2 * before * pixels + before


@pytest.mark.parametrize(("depth", "growth"), [(10, 2), (40, 12), (100, 12)])
def test_a_dense_net_in_closed_form(depth: int, growth: int) -> None:
    found = measure(build_meta(DenseNetBC(depth, growth), CIFAR), CIFAR)
    adds, kept = dense_net((depth - 4) // 6, growth)
    assert (found.multiply_adds, found.activation_bytes) == (adds, FLOAT * kept)


@pytest.mark.parametrize(("depth", "widening"), [(10, 1), (16, 4), (28, 10)])
def test_a_wide_res_net_in_closed_form(depth: int, widening: int) -> None:
    found = measure(build_meta(WideResNet(depth, widening), CIFAR), CIFAR)
    adds, kept = wide_res_net((depth - 4) // 6, widening)
    assert (found.multiply_adds, found.activation_bytes) == (adds, FLOAT * kept)


def test_wide_res_net_28_10_has_the_operations_that_others_count() -> None:
    """5.2 G in the papers that compare networks by operations."""
    found = measure(build_meta(WideResNet(28, 10), CIFAR), CIFAR)
    assert round(found.multiply_adds / 1e9, 1) == 5.2


def real(network: nn.Module, images: int) -> tuple[int, int]:
    """Operations of a forward pass with numbers, and bytes that autograd keeps of it."""
    kept: dict[int, tuple[Tensor, int]] = {}

    def keep(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor, tensor.untyped_storage().nbytes()
        return tensor

    counter = FlopCounterMode(display=False)
    with counter, saved_tensors_hooks(keep, lambda tensor: tensor):
        network(torch.randn(images, 3, 16, 16))
    return counter.get_total_flops(), sum(size for _, size in kept.values())


NETWORKS: tuple[Model, ...] = (
    SMALL,
    WideResNet(10, 2, dropout=0.3),
    PreResNet(11),
    MatchWideResNet(1, 0.75, SMALL),
    MatchDenseNet(2, 0.5, 1, SMALL),
    MatchPreResNet(1, 1, SMALL),
    ResNet(8, 2, 8),
    ImageNetResNet(50, 4),
    VGG(11, 4),
    MobileNetV2(0.25),
    ShuffleNetV1(36),
    ShuffleNetV2(8, 24),
    TorchvisionNetwork("resnet18"),
)


@pytest.mark.parametrize("model", NETWORKS, ids=lambda model: model.slug)
def test_numbers_change_nothing(model: Model) -> None:
    image = ImageShape(channels=3, height=16, width=16, classes=7)
    network = build(model, image).train()
    (operations, two), (_, three) = real(network, 2), real(network, 3)
    found = measure(build_meta(model, image), image)
    assert found.parameters == count_parameters(network)
    assert found.multiply_adds == operations / 2 / 2
    assert found.activation_bytes == three - two


def test_frozen_layers_keep_nothing_for_their_gradients() -> None:
    layers = [nn.Linear(3 * 4 * 4, 5), nn.Linear(5, 2)]
    with torch.device("meta"):
        network = nn.Sequential(nn.Flatten(), *layers).to("meta")
    image = ImageShape(channels=3, height=4, width=4, classes=2)
    assert measure(network, image).activation_bytes == FLOAT * (3 * 4 * 4 + 5)
    layers[0].requires_grad_(False)
    assert measure(network, image).activation_bytes == FLOAT * 5


def test_outputs_are_those_of_the_parts_in_order() -> None:
    found = measure(build_meta(DenseNetBC(10, 2, third_transition=True), CIFAR), CIFAR)
    names = ["stem", *(f"blocks.{place}" for place in range(6)), "norm", "classifier"]
    widths = [(4, 32), (6, 32), (3, 16), (5, 16), (2, 8), (4, 8), (2, 8), (2, 8)]
    shapes = [*((width, side, side) for width, side in widths), (100,)]
    assert found.outputs == tuple(map(Output, names, shapes))


def test_the_papers_widths_are_seen() -> None:
    """120 -> 960 -> 480 -> 1320 -> 660 -> 1500 -> 750 -> classifier."""
    teacher = DenseNetBC(90, 60, third_transition=True)
    outputs = measure(build_meta(teacher, CIFAR), CIFAR).outputs
    widths = [output.shape[0] for output in outputs]
    assert [widths[at] for at in (0, 14, 15, 29, 30, 44, 45)] == [120, 960, 480, 1320, 660, 1500, 750]


def test_a_network_with_numbers_is_not_asked() -> None:
    with pytest.raises(AssertionError, match="no weights are allocated"):
        measure(nn.Linear(2, 2), CIFAR)
