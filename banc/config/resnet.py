"""Residual networks as they were first published: each unit's last rectifier stands behind the addition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from attrs import frozen

from banc.config import layers
from banc.config.constraints import DEEPEST, Bound, Channels
from banc.config.image import ImageShape
from banc.config.layers import Classifier, Convolution, Grid, Layer, Norm
from banc.config.textbook import not_whole


@frozen
class ResNet:
    """Residual network for small images: 20, 32, 44, 56, 110 layers; also 8x4 and 32x4.

    He et al., Deep Residual Learning for Image Recognition (arXiv 1512.03385), section 4.2: stem 3x3
    convolution, three groups of basic units at 16w, 32w, 64w channels. Where the shape changes, the shortcut
    is a 1x1 convolution with batch normalisation (option B), as in comparisons of distillation methods; the
    paper's own networks for CIFAR pad with zeros there.
    """

    FAMILY: ClassVar[str] = "resnet"
    TAG: ClassVar[str] = "ResNet"
    REVISION: ClassVar[int] = 1

    depth: Annotated[int, Bound(at_least=8, at_most=DEEPEST)]
    """Layers as the paper counts them: 6n + 2 for n units a group."""

    widening: Annotated[int, Bound(at_least=1, at_most=1000)] = 1
    """Factor on the channels of each group: 4 in resnet8x4 and resnet32x4."""

    stem: Channels = 16
    """Channels of the first convolution: 32 in resnet8x4 and resnet32x4."""

    @property
    def slug(self) -> str:
        width = f"x{self.widening}" if self.widening != 1 else ""
        return f"{self.FAMILY}-{self.depth}{width}" + (f"-stem{self.stem}" if self.stem != 16 else "")

    @property
    def units(self) -> int:
        """Basic units in each group."""
        return (self.depth - 2) // 6

    @property
    def stem_channels(self) -> int:
        return self.stem

    @property
    def features(self) -> int:
        """Channels that the classifier reads."""
        return 64 * self.widening

    def layers(self, image: ImageShape) -> Iterator[Layer]:
        """What it is made of."""
        grid, channels = Grid.of(image), self.stem
        yield from (Convolution(image.channels, channels, 3, grid.pixels), Norm(channels))
        for group in range(3):
            out = 16 * self.widening * 2**group
            yield from basic_units(self.units, channels, out, grid := grid.strided(2 if group else 1))
            channels = out
        yield Classifier(channels, image.classes)

    def parameters(self, image: ImageShape) -> int:
        """How many parameters it has."""
        return layers.parameters(self.layers(image))

    def misfit(self, image: ImageShape) -> str | None:
        """Why this network cannot be built for such images, or None."""
        return not_whole(self.depth, 6, 2) or layers.too_small(image, 4)


@frozen
class ImageNetResNet:
    """Residual network of four groups, designed for ImageNet, with a stem for small images: ResNet-18 to 152.

    He et al., Deep Residual Learning for Image Recognition (arXiv 1512.03385), table 1: groups at w, 2w, 4w,
    8w channels, of basic units up to 34 layers and of bottlenecks with four times the channels from 50 on.
    For small images the stem is a 3x3 convolution without stride or pooling. A bottleneck's stride is in its
    3x3 convolution.
    """

    FAMILY: ClassVar[str] = "imagenet-resnet"
    TAG: ClassVar[str] = "ImageNetResNet"
    REVISION: ClassVar[int] = 1

    depth: Literal[18, 34, 50, 101, 152]
    """Layers as the paper counts them."""

    width: Channels = 64
    """Channels of the stem and the first group, w."""

    @property
    def slug(self) -> str:
        return f"{self.FAMILY}-{self.depth}" + (f"-{self.width}" if self.width != 64 else "")

    @property
    def units(self) -> tuple[int, int, int, int]:
        """Units in each group."""
        return _UNITS[self.depth]

    @property
    def bottleneck(self) -> bool:
        """Whether its units are bottlenecks, 1x1, 3x3, 1x1; otherwise basic, 3x3, 3x3."""
        return self.depth >= 50

    @property
    def stem_channels(self) -> int:
        return self.width

    @property
    def features(self) -> int:
        """Channels that the classifier reads."""
        return 8 * self.width * (4 if self.bottleneck else 1)

    def layers(self, image: ImageShape) -> Iterator[Layer]:
        """What it is made of."""
        grid, channels = Grid.of(image), self.width
        yield from (Convolution(image.channels, channels, 3, grid.pixels), Norm(channels))
        for group, units in enumerate(self.units):
            before, grid = grid, grid.strided(2 if group else 1)
            inner = self.width * 2**group
            if self.bottleneck:
                yield from _bottlenecks(units, channels, inner, 4 * inner, before, grid)
                channels = 4 * inner
            else:
                yield from basic_units(units, channels, inner, grid)
                channels = inner
        yield Classifier(channels, image.classes)

    def parameters(self, image: ImageShape) -> int:
        """How many parameters it has."""
        return layers.parameters(self.layers(image))

    def misfit(self, image: ImageShape) -> str | None:
        """Why this network cannot be built for such images, or None."""
        return layers.too_small(image, 8)


_UNITS: dict[int, tuple[int, int, int, int]] = {
    18: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}


def basic_units(units: int, channels: int, out: int, grid: Grid) -> Iterator[Layer]:
    """A group of ``models.resnet.BasicUnit``; ``grid`` is that of its outputs."""
    for unit in range(units):
        reads = out if unit else channels
        yield from (Convolution(reads, out, 3, grid.pixels), Norm(out))
        yield from (Convolution(out, out, 3, grid.pixels), Norm(out))
        if reads != out:
            yield from (Convolution(reads, out, 1, grid.pixels), Norm(out))


def _bottlenecks(
    units: int, channels: int, inner: int, out: int, before: Grid, grid: Grid
) -> Iterator[Layer]:
    """A group of ``models.imagenet_resnet.Bottleneck``; ``grid`` is that of its outputs."""
    for unit in range(units):
        reads, first = (out, grid) if unit else (channels, before)
        yield from (Convolution(reads, inner, 1, first.pixels), Norm(inner))
        yield from (Convolution(inner, inner, 3, grid.pixels), Norm(inner))
        yield from (Convolution(inner, out, 1, grid.pixels), Norm(out))
        if reads != out:
            yield from (Convolution(reads, out, 1, grid.pixels), Norm(out))
