"""Networks that are published under a name of their own, for small images.

Each knows the numbers in its name and the shapes that follow; ``model`` says what they have in common.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import attrs
from attrs import frozen

from banc.config import counting
from banc.config.constraints import DEEPEST, Bound, Channels, Fraction, revised_by
from banc.config.dropout import Dropout
from banc.config.image import ImageShape

BLOCKS = 3
"""Stages of equal resolution in the networks for small images, halved in between."""


@frozen
class DenseNetBC:
    """DenseNet with bottlenecks and compression, for small images.

    Huang et al., Densely Connected Convolutional Networks (arXiv 1608.06993), section 3 and table 1:
    stem 3x3 convolution to 2k channels, three dense blocks of bottleneck units (1x1 to 4k, 3x3 to k),
    1x1 transitions that halve the channels.
    """

    FAMILY: ClassVar[str] = "densenet-bc"
    TAG: ClassVar[str] = "DenseNetBC"
    REVISION: ClassVar[int] = 1

    depth: Annotated[int, Bound(at_least=10, at_most=DEEPEST)]
    """Layers as the paper counts them: 6n + 4 for n units a block; a remainder is dropped."""

    growth: Channels
    """Channels that each unit adds, k."""

    third_transition: bool = False
    """A 1x1 transition after the last block too. Textbook: no; the parameter counts of the born-again
    papers: yes."""

    @property
    def slug(self) -> str:
        return f"{self.FAMILY}-{self.depth}-{self.growth}" + ("-t3" if self.third_transition else "")

    @property
    def units(self) -> int:
        """Bottleneck units in each block."""
        return (self.depth - 4) // 6

    @property
    def stem_channels(self) -> int:
        return 2 * self.growth

    @property
    def transitions(self) -> tuple[int, ...]:
        """Channels after each transition."""
        widths: list[int] = []
        channels = self.stem_channels
        for _ in range(BLOCKS if self.third_transition else BLOCKS - 1):
            channels = (channels + self.units * self.growth) // 2
            widths.append(channels)
        return tuple(widths)

    @property
    def features(self) -> int:
        """Channels that the classifier reads."""
        last = self.transitions[-1]
        return last if self.third_transition else last + self.units * self.growth

    def parameters(self, image: ImageShape) -> int:
        """How many parameters it has."""
        total = counting.stem_and_classifier(image, self.stem_channels, self.features)
        added = self.units * self.growth
        for channels in (self.stem_channels, *self.transitions)[:BLOCKS]:
            total += counting.dense_units(self.units, channels, self.growth)
        for channels, out in zip((self.stem_channels, *self.transitions), self.transitions, strict=False):
            total += counting.transition(channels + added, out)
        return total

    def misfit(self, image: ImageShape) -> str | None:
        """Why this network cannot read such images, or None."""
        return too_small(image)


@frozen
class WideResNet:
    """Wide residual network for small images.

    Zagoruyko and Komodakis, Wide Residual Networks (arXiv 1605.07146), section 2 and table 1:
    stem 3x3 convolution to 16 channels, three groups of pre-activation basic units at 16w, 32w, 64w.
    """

    FAMILY: ClassVar[str] = "wide-resnet"
    TAG: ClassVar[str] = "WideResNet"
    REVISION: ClassVar[int] = 1

    depth: Annotated[int, Bound(at_least=10, at_most=DEEPEST)]
    """Layers as the paper counts them: 6n + 4 for n units a group."""

    widening: Annotated[int, Bound(at_least=1, at_most=1000)]
    """Factor on the channels of each group, k in the paper."""

    dropout: Fraction = attrs.field(default=0.0, metadata=revised_by(Dropout))
    """Probability of dropping an activation between the two convolutions of a unit."""

    @property
    def slug(self) -> str:
        return f"{self.FAMILY}-{self.depth}-{self.widening}"

    @property
    def units(self) -> int:
        """Residual units in each group."""
        return (self.depth - 4) // 6

    @property
    def stem_channels(self) -> int:
        return 16

    @property
    def features(self) -> int:
        """Channels that the classifier reads."""
        return 64 * self.widening

    def parameters(self, image: ImageShape) -> int:
        """How many parameters it has."""
        total = counting.stem_and_classifier(image, self.stem_channels, self.features)
        channels = self.stem_channels
        for out in (16 * self.widening, 32 * self.widening, 64 * self.widening):
            total += counting.wide_units(self.units, channels, out)
            channels = out
        return total

    def misfit(self, image: ImageShape) -> str | None:
        """Why this network cannot be built for such images, or None."""
        return not_whole(self.depth, 6, 4) or too_small(image)


@frozen
class PreResNet:
    """Pre-activation residual network with bottleneck units, for small images.

    He et al., Identity Mappings in Deep Residual Networks (arXiv 1603.05027), section 4 and appendix:
    stem 3x3 convolution to 16 channels, three groups of 1x1, 3x3, 1x1 units at 64, 128, 256 channels.
    """

    FAMILY: ClassVar[str] = "pre-resnet"
    TAG: ClassVar[str] = "PreResNet"
    REVISION: ClassVar[int] = 1

    depth: Annotated[int, Bound(at_least=11, at_most=DEEPEST)]
    """Layers as the paper counts them: 9n + 2 for n units a group, 1001 for n = 111."""

    @property
    def slug(self) -> str:
        return f"{self.FAMILY}-{self.depth}"

    @property
    def units(self) -> int:
        """Bottleneck units in each group."""
        return (self.depth - 2) // 9

    @property
    def stem_channels(self) -> int:
        return 16

    @property
    def features(self) -> int:
        """Channels that the classifier reads."""
        return 256

    def parameters(self, image: ImageShape) -> int:
        """How many parameters it has."""
        total = counting.stem_and_classifier(image, self.stem_channels, self.features)
        channels = self.stem_channels
        for out in (64, 128, 256):
            total += counting.pre_units(self.units, channels, out // 4, out)
            channels = out
        return total

    def misfit(self, image: ImageShape) -> str | None:
        """Why this network cannot be built for such images, or None."""
        return not_whole(self.depth, 9, 2) or too_small(image)


def not_whole(depth: int, layers: int, others: int) -> str | None:
    """A depth must be ``layers`` for each of n units, and ``others``."""
    rest = (depth - others) % layers
    if rest:
        nearest = f"the nearest are {depth - rest} and {depth - rest + layers}"
        return f"depth {depth} is not {layers}n + {others}; {nearest}"
    return None


def too_small(image: ImageShape) -> str | None:
    """Two halvings must leave a pixel."""
    if min(image.height, image.width) < 2 ** (BLOCKS - 1):
        return (
            f"images of {image.height}x{image.width} are too small to be halved twice; the smallest are 4x4"
        )
    return None
