"""Units of narrow convolutions, between which channels are shuffled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from attrs import frozen

from banc.config import layers
from banc.config.constraints import Channels
from banc.config.image import ImageShape
from banc.config.layers import Classifier, Convolution, Grid, Layer, Norm

STEM = 24
UNITS = (4, 8, 4)
"""In each group, of which the first one halves the image."""

CONVOLUTION_GROUPS = 3
"""Groups of a 1x1 convolution in ShuffleNetV1."""


@frozen
class ShuffleNetV1:
    """ShuffleNet with three groups, for small images.

    Zhang et al., ShuffleNet: An Extremely Efficient Convolutional Neural Network for Mobile Devices (arXiv
    1707.01083), table 1, g = 3. Here as in comparisons of distillation methods on CIFAR-100: the stem is a
    1x1 convolution without stride or pooling, and in a unit that halves the image, the 3x3 convolution has a
    quarter of the channels that the unit adds.
    """

    FAMILY: ClassVar[str] = "shufflenet-v1"
    TAG: ClassVar[str] = "ShuffleNetV1"
    REVISION: ClassVar[int] = 1

    width: Channels = 240
    """Channels of the first group, doubled from group to group: a multiple of 12, above 24."""

    @property
    def slug(self) -> str:
        return self.FAMILY + (f"-{self.width}" if self.width != 240 else "")

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels of each group."""
        return self.width, 2 * self.width, 4 * self.width

    @property
    def stem_channels(self) -> int:
        return STEM

    @property
    def features(self) -> int:
        """Channels that the classifier reads."""
        return 4 * self.width

    def layers(self, image: ImageShape) -> Iterator[Layer]:
        """What it is made of."""
        grid, channels = Grid.of(image), STEM
        yield from (Convolution(image.channels, channels, 1, grid.pixels), Norm(channels))
        for out, units in zip(self.widths, UNITS, strict=True):
            for unit in range(units):
                before, grid = grid, grid.strided(1 if unit else 2)
                # A unit that halves the image adds channels to those that it reads.
                new = out if unit else out - channels
                groups = 1 if channels == STEM else CONVOLUTION_GROUPS
                yield from (Convolution(channels, new // 4, 1, before.pixels, groups), Norm(new // 4))
                yield from (Convolution(new // 4, new // 4, 3, grid.pixels, new // 4), Norm(new // 4))
                yield from (Convolution(new // 4, new, 1, grid.pixels, CONVOLUTION_GROUPS), Norm(new))
                channels = out
        yield Classifier(channels, image.classes)

    def parameters(self, image: ImageShape) -> int:
        """How many parameters it has."""
        return layers.parameters(self.layers(image))

    def misfit(self, image: ImageShape) -> str | None:
        """Why this network cannot be built for such images, or None."""
        if self.width % 12 or self.width <= STEM:
            return f"width {self.width} is not a multiple of 12 above 24; the paper's is 240"
        return layers.too_small(image, 8)


@frozen
class ShuffleNetV2:
    """ShuffleNetV2 for small images.

    Ma et al., ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design (arXiv 1807.11164),
    table 5. Here as in comparisons of distillation methods on CIFAR-100: the stem is a 1x1 convolution
    without stride or pooling.
    """

    FAMILY: ClassVar[str] = "shufflenet-v2"
    TAG: ClassVar[str] = "ShuffleNetV2"
    REVISION: ClassVar[int] = 1

    width: Channels = 116
    """Channels of the first group, doubled from group to group: 48, 116, 176 and 244
    are the paper's 0.5x, 1x, 1.5x and 2x. An even number."""

    last: Channels = 1024
    """Channels of the last convolution: 2048 in the paper's 2x."""

    @property
    def slug(self) -> str:
        numbers = (self.width,) if self.last == 1024 else (self.width, self.last)
        return "-".join([self.FAMILY, *map(str, numbers if numbers != (116,) else ())])

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels of each group."""
        return self.width, 2 * self.width, 4 * self.width

    @property
    def stem_channels(self) -> int:
        return STEM

    @property
    def features(self) -> int:
        """Channels that the classifier reads."""
        return self.last

    def layers(self, image: ImageShape) -> Iterator[Layer]:
        """What it is made of."""
        grid, channels = Grid.of(image), STEM
        yield from (Convolution(image.channels, channels, 1, grid.pixels), Norm(channels))
        for out, units in zip(self.widths, UNITS, strict=True):
            half = out // 2
            before, grid = grid, grid.strided()
            yield from (Convolution(channels, channels, 3, grid.pixels, channels), Norm(channels))
            yield from (Convolution(channels, half, 1, grid.pixels), Norm(half))
            yield from _branch(channels, half, before, grid)
            for _ in range(units - 1):
                yield from _branch(half, half, grid, grid)
            channels = out
        yield from (Convolution(channels, self.last, 1, grid.pixels), Norm(self.last))
        yield Classifier(self.last, image.classes)

    def parameters(self, image: ImageShape) -> int:
        """How many parameters it has."""
        return layers.parameters(self.layers(image))

    def misfit(self, image: ImageShape) -> str | None:
        """Why this network cannot be built for such images, or None."""
        if self.width % 2:
            return f"width {self.width} is odd: half of the channels of a unit go past it"
        return layers.too_small(image, 8)


def _branch(channels: int, out: int, before: Grid, grid: Grid) -> Iterator[Layer]:
    """``models.shufflenet_v2.Branch``."""
    yield from (Convolution(channels, out, 1, before.pixels), Norm(out))
    yield from (Convolution(out, out, 3, grid.pixels, out), Norm(out))
    yield from (Convolution(out, out, 1, grid.pixels), Norm(out))
