"""Inverted residuals of depthwise convolutions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from attrs import frozen

from banc.config import layers
from banc.config.constraints import Ratio
from banc.config.image import ImageShape
from banc.config.layers import Classifier, Convolution, Grid, Layer, Norm
from banc.config.matched import part, spelled, too_narrow

STEM, LAST = 32, 1280
GROUPS = (
    (1, 16, 1, 1),
    (6, 24, 2, 1),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
"""Of each group: expansion, channels before the width, units, and the stride of the first unit."""


@frozen
class MobileNetV2:
    """MobileNetV2 for small images.

    Sandler et al., MobileNetV2: Inverted Residuals and Linear Bottlenecks (arXiv 1801.04381), table 2. Here
    as in comparisons of distillation methods on CIFAR-100, where `width` is 0.5: 24 channels come without a
    stride, so that 32x32 images become 2x2 and not 1x1; rectifiers have no upper limit; and the first group
    has its 1x1 expansion, too.
    """

    FAMILY: ClassVar[str] = "mobilenet-v2"
    TAG: ClassVar[str] = "MobileNetV2"
    REVISION: ClassVar[int] = 1

    width: Ratio = 1.0
    """Factor on the channels of all layers but the last; above 1, of the last convolution as well."""

    @property
    def slug(self) -> str:
        return self.FAMILY + (f"-{spelled(self.width)}" if self.width != 1 else "")

    @property
    def groups(self) -> tuple[tuple[int, int, int, int], ...]:
        """Of each group: expansion, channels, units, and the stride of the first unit."""
        return tuple(
            (expansion, part(self.width, out), units, stride) for expansion, out, units, stride in GROUPS
        )

    @property
    def stem_channels(self) -> int:
        return part(self.width, STEM)

    @property
    def features(self) -> int:
        """Channels that the classifier reads."""
        return part(max(self.width, 1.0), LAST)

    def layers(self, image: ImageShape) -> Iterator[Layer]:
        """What it is made of."""
        grid, channels = Grid.of(image).strided(), self.stem_channels
        yield from (Convolution(image.channels, channels, 3, grid.pixels), Norm(channels))
        for expansion, out, units, stride in self.groups:
            for unit in range(units):
                before, grid = grid, grid.strided(1 if unit else stride)
                inner = expansion * channels
                yield from (Convolution(channels, inner, 1, before.pixels), Norm(inner))
                yield from (Convolution(inner, inner, 3, grid.pixels, groups=inner), Norm(inner))
                yield from (Convolution(inner, out, 1, grid.pixels), Norm(out))
                channels = out
        yield from (Convolution(channels, self.features, 1, grid.pixels), Norm(self.features))
        yield Classifier(self.features, image.classes)

    def parameters(self, image: ImageShape) -> int:
        """How many parameters it has."""
        return layers.parameters(self.layers(image))

    def misfit(self, image: ImageShape) -> str | None:
        """Why this network cannot be built for such images, or None."""
        widths = tuple(out for _, out, _, _ in self.groups)
        return too_narrow("width", self.width, widths) or layers.too_small(image, 8)
