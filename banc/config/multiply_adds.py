"""What one image costs on its way through a network, by arithmetic.

In: a network as a spec declares it, and the shape of its images. Out: the multiply-adds of a forward pass,
as ``models.measure`` counts them: of convolutions and the classifier, and of nothing else. Knows nothing of
torch: a test holds it against the built networks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from banc.config import layers as listed
from banc.config.image import ImageShape
from banc.config.model import (
    DenseNetBC,
    FactoryNetwork,
    MatchDenseNet,
    MatchPreResNet,
    MatchWideResNet,
    Model,
    PreResNet,
    TorchvisionNetwork,
    WideResNet,
)

_ANY_IMAGE = ImageShape(channels=3, height=32, width=32, classes=2)

BOTTLENECK = 4
"""Channels between the two convolutions of a dense unit, in multiples of the growth."""


def multiply_adds(model: Model, image: ImageShape) -> int | None:
    """Of one forward pass of one image. None: the network's code is not banc's; only torch can tell."""
    match model:
        case DenseNetBC():
            blocks = _dense_net(model, list(_pooled(image, 3)))
        case WideResNet():
            blocks = _residual([16 * model.widening * 2**group for group in range(3)], model, image)
        case PreResNet():
            blocks = _residual([64, 128, 256], model, image)
        case MatchWideResNet(units=units, widths=widths):
            blocks = 0
            channels = model.stem_channels
            for width, out, pixels in zip(widths, model.skeleton.transitions, _pooled(image, 3), strict=True):
                blocks += pixels * (_wide(units, channels, width) + width * out)
                channels = out
        case MatchDenseNet(units=units, growth=growth, inputs=inputs):
            blocks = 0
            channels = model.stem_channels
            for begin, out, pixels in zip(inputs, model.skeleton.transitions, _pooled(image, 3), strict=True):
                change = channels * begin if begin != channels else 0
                last = (begin + units * growth) * out
                blocks += pixels * (change + _dense(units, begin, growth) + last)
                channels = out
        case MatchPreResNet(units=units, inner=inner):
            blocks = 0
            channels = model.stem_channels
            for narrow, out, pixels in zip(inner, model.skeleton.transitions, _pooled(image, 3), strict=True):
                blocks += pixels * _bottleneck(units, channels, narrow, out)
                channels = out
        case TorchvisionNetwork() | FactoryNetwork():
            return None
        case _:
            return listed.multiply_adds(model.layers(image))
    stem = 9 * image.channels * model.stem_channels * image.height * image.width
    return stem + blocks + model.features * image.classes


def _dense_net(model: DenseNetBC, pixels: Sequence[int]) -> int:
    channels, added, total = model.stem_channels, model.units * model.growth, 0
    for block, here in enumerate(pixels):
        total += here * _dense(model.units, channels, model.growth)
        if block < len(model.transitions):
            total += here * (channels + added) * model.transitions[block]
            channels = model.transitions[block]
    return total


def _residual(widths: Sequence[int], model: WideResNet | PreResNet, image: ImageShape) -> int:
    """Three groups, the second and third of which halve the image with the stride of their first unit."""
    channels, total = model.stem_channels, 0
    for out, here in zip(widths, _strided(image, len(widths)), strict=True):
        match model:
            case WideResNet(units=units):
                total += here * _wide(units, channels, out)
            case PreResNet(units=units):
                total += here * _bottleneck(units, channels, out // 4, out)
        channels = out
    return total


def _dense(units: int, channels: int, growth: int) -> int:
    """A pixel through a block of ``models.densenet.DenseUnit``."""

    def unit(reads: int) -> int:
        inner = BOTTLENECK * growth
        return reads * inner + 9 * inner * growth

    # From one unit to the next it grows by the same number: the sum of an arithmetic series.
    return units * (unit(channels) + unit(channels + (units - 1) * growth)) // 2


def _wide(units: int, channels: int, out: int) -> int:
    """A pixel of the output through a group of ``models.wide_resnet.WideUnit``."""

    def unit(reads: int) -> int:
        return 9 * reads * out + 9 * out * out + (0 if reads == out else reads * out)

    return unit(channels) + (units - 1) * unit(out)


def _bottleneck(units: int, channels: int, inner: int, out: int) -> int:
    """A pixel of the output through a group of ``models.pre_resnet.PreUnit``."""

    def unit(reads: int) -> int:
        return reads * inner + 9 * inner * inner + inner * out + (0 if reads == out else reads * out)

    return unit(channels) + (units - 1) * unit(out)


def _pooled(image: ImageShape, blocks: int) -> Iterator[int]:
    """Pixels at each block: pooling drops an odd row."""
    height, width = image.height, image.width
    for _ in range(blocks):
        yield height * width
        height, width = height // 2, width // 2


def _strided(image: ImageShape, blocks: int) -> Iterator[int]:
    """Pixels at each group: a stride keeps an odd row."""
    height, width = image.height, image.width
    for _ in range(blocks):
        yield height * width
        height, width = -(-height // 2), -(-width // 2)


def layers(model: Model) -> int | None:
    """Convolutions one after the other, and the classifier: how often a device is told to start anew."""
    match model:
        case DenseNetBC(units=units, transitions=transitions):
            return 2 + 3 * 2 * units + len(transitions)
        case WideResNet(units=units):
            return 2 + 3 * 2 * units
        case PreResNet(units=units):
            return 2 + 3 * 3 * units
        case MatchWideResNet(units=units) | MatchDenseNet(units=units):
            return 2 + 3 * (2 * units + 1)
        case MatchPreResNet(units=units):
            return 2 + 3 * 3 * units
        case TorchvisionNetwork() | FactoryNetwork():
            return None
        case _:
            return listed.weighted(model.layers(_ANY_IMAGE))
