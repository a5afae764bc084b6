"""Plain stacks of convolutions, without shortcuts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from attrs import frozen

from banc.config import layers
from banc.config.constraints import Channels
from banc.config.image import ImageShape
from banc.config.layers import Classifier, Convolution, Grid, Layer, Norm

POOLED = 3
"""The groups after which an image is halved; after the last two it is not."""


@frozen
class VGG:
    """VGG with batch normalisation, for small images.

    Simonyan and Zisserman, Very Deep Convolutional Networks (arXiv 1409.1556), table 1: five groups of 3x3
    convolutions at w, 2w, 4w, 8w, 8w channels. Here as in comparisons of distillation methods on CIFAR-100:
    halved after each of the first three groups, the mean of what is left, and one linear layer instead of
    three. Names count three linear layers nevertheless. VGG-8 has one convolution in each group, and is not
    in the paper.
    """

    FAMILY: ClassVar[str] = "vgg"
    TAG: ClassVar[str] = "VGG"
    REVISION: ClassVar[int] = 1

    depth: Literal[8, 11, 13, 16, 19]
    """Layers as names count them: the convolutions, and three."""

    width: Channels = 64
    """Channels of the first group, w."""

    @property
    def slug(self) -> str:
        return f"{self.FAMILY}-{self.depth}" + (f"-{self.width}" if self.width != 64 else "")

    @property
    def groups(self) -> tuple[int, ...]:
        """Convolutions in each group."""
        return _GROUPS[self.depth]

    @property
    def stem_channels(self) -> int:
        return self.width

    @property
    def features(self) -> int:
        """Channels that the classifier reads."""
        return 8 * self.width

    def layers(self, image: ImageShape) -> Iterator[Layer]:
        """What it is made of."""
        grid, channels = Grid.of(image), image.channels
        for group, convolutions in enumerate(self.groups):
            for _ in range(convolutions):
                out = self.width * min(2**group, 8)
                yield from (Convolution(channels, out, 3, grid.pixels, bias=True), Norm(out))
                channels = out
            if group < POOLED:
                grid = grid.pooled()
        yield Classifier(channels, image.classes)

    def parameters(self, image: ImageShape) -> int:
        """How many parameters it has."""
        return layers.parameters(self.layers(image))

    def misfit(self, image: ImageShape) -> str | None:
        """Why this network cannot be built for such images, or None."""
        return layers.too_small(image, 2**POOLED)


_GROUPS: dict[int, tuple[int, ...]] = {
    8: (1, 1, 1, 1, 1),
    11: (1, 1, 2, 2, 2),
    13: (2, 2, 2, 2, 2),
    16: (2, 2, 3, 3, 3),
    19: (2, 2, 4, 4, 4),
}
