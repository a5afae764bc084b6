"""Students that are built on the skeleton of a dense teacher: its stem, transitions and classifier.

Furlanello et al., Born Again Neural Networks, section 3 and table 2. The paper prints names and
parameter counts and no constructions; these give its counts, and where one does not, it says so.
Widths follow from the skeleton; what is left of a channel is dropped.
"""

from __future__ import annotations

import math
from typing import ClassVar

import attrs
from attrs import frozen

from banc.config import counting
from banc.config.constraints import Fraction, Ratio, Units, revised_by
from banc.config.dropout import Dropout
from banc.config.image import ImageShape
from banc.config.textbook import DenseNetBC


@frozen
class MatchWideResNet:
    """A DenseNet whose dense blocks are replaced by wide residual units.

    Match-Wide-ResNet-n-r in table 2. Stem, transitions and classifier are shaped as the skeleton's.
    """

    FAMILY: ClassVar[str] = "match-wide-resnet"
    TAG: ClassVar[str] = "MatchWideResNet"
    REVISION: ClassVar[int] = 1

    units: Units
    """Residual units in each block, n."""

    ratio: Ratio
    """Channels in a block, as a multiple of the skeleton's after the block's transition, r."""

    skeleton: DenseNetBC
    """The network to match, with a third transition: a student's teacher."""

    dropout: Fraction = attrs.field(default=0.0, metadata=revised_by(Dropout))
    """Probability of dropping an activation between the two convolutions of a unit."""

    @property
    def slug(self) -> str:
        return f"{self.FAMILY}-{self.units}-{spelled(self.ratio)}"

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels of the units in each block."""
        return tuple(part(self.ratio, width) for width in self.skeleton.transitions)

    @property
    def stem_channels(self) -> int:
        return self.skeleton.stem_channels

    @property
    def features(self) -> int:
        """Channels that the classifier reads."""
        return self.skeleton.features

    def parameters(self, image: ImageShape) -> int:
        """How many parameters it has."""
        total = counting.stem_and_classifier(image, self.stem_channels, self.features)
        channels = self.stem_channels
        for width, out in zip(self.widths, self.skeleton.transitions, strict=True):
            total += counting.wide_units(self.units, channels, width) + counting.transition(width, out)
            channels = out
        return total

    def misfit(self, image: ImageShape) -> str | None:
        """Why this network cannot be built for such images, or None."""
        return no_skeleton(self.skeleton, image) or too_narrow("ratio", self.ratio, self.widths)


@frozen
class MatchDenseNet:
    """A DenseNet with another number of units in each block, and of channels in each unit.

    Match-DenseNet-n-a-b in table 2. Stem, transitions and classifier are shaped as the skeleton's.
    Parameter counts are the paper's but for 14-1-3: 30.9 M here, 80.5 M printed, and no construction
    found that gives it.
    """

    FAMILY: ClassVar[str] = "match-densenet"
    TAG: ClassVar[str] = "MatchDenseNet"
    REVISION: ClassVar[int] = 1

    units: Units
    """Dense units in each block, n."""

    input_ratio: Ratio
    """Channels that a block begins with, as a multiple of those that reach it, a. Where it is not 1, a
    1x1 convolution changes them."""

    growth_ratio: Ratio
    """Channels that a whole block adds, as a multiple of half of the skeleton's, b."""

    skeleton: DenseNetBC
    """The network to match, with a third transition: a student's teacher."""

    @property
    def slug(self) -> str:
        return f"{self.FAMILY}-{self.units}-{spelled(self.input_ratio)}-{spelled(self.growth_ratio)}"

    @property
    def growth(self) -> int:
        """Channels that each unit adds."""
        return part(self.growth_ratio / 2 / self.units, self.skeleton.units * self.skeleton.growth)

    @property
    def inputs(self) -> tuple[int, ...]:
        """Channels that each block begins with."""
        reaching = (self.skeleton.stem_channels, *self.skeleton.transitions[:-1])
        return tuple(part(self.input_ratio, width) for width in reaching)

    @property
    def stem_channels(self) -> int:
        return self.skeleton.stem_channels

    @property
    def features(self) -> int:
        """Channels that the classifier reads."""
        return self.skeleton.features

    def parameters(self, image: ImageShape) -> int:
        """How many parameters it has."""
        total = counting.stem_and_classifier(image, self.stem_channels, self.features)
        channels = self.stem_channels
        for begin, out in zip(self.inputs, self.skeleton.transitions, strict=True):
            if begin != channels:
                total += counting.transition(channels, begin)
            total += counting.dense_units(self.units, begin, self.growth)
            total += counting.transition(begin + self.units * self.growth, out)
            channels = out
        return total

    def misfit(self, image: ImageShape) -> str | None:
        """Why this network cannot be built for such images, or None."""
        return (
            no_skeleton(self.skeleton, image)
            or too_narrow("input_ratio", self.input_ratio, self.inputs)
            or too_narrow("growth_ratio", self.growth_ratio, (self.growth,))
        )


@frozen
class MatchPreResNet:
    """A DenseNet whose dense blocks are replaced by pre-activation bottleneck units.

    Match-Pre-ResNet-n-r in table 2. Stem and classifier are shaped as the skeleton's. The residual
    stream of a block has the channels of the skeleton's transition already, so that a transition is
    its pooling alone. Parameter counts are not the paper's: 7.6 M and 19.2 M for 14-0.5 and 14-1, where
    7.3 M and 17.7 M are printed.
    """

    FAMILY: ClassVar[str] = "match-pre-resnet"
    TAG: ClassVar[str] = "MatchPreResNet"
    REVISION: ClassVar[int] = 1

    units: Units
    """Bottleneck units in each block, n."""

    ratio: Ratio
    """Channels inside a unit, as a multiple of a quarter of its output's, r."""

    skeleton: DenseNetBC
    """The network to match, with a third transition: a student's teacher."""

    @property
    def slug(self) -> str:
        return f"{self.FAMILY}-{self.units}-{spelled(self.ratio)}"

    @property
    def inner(self) -> tuple[int, ...]:
        """Channels inside the units of each block."""
        return tuple(part(self.ratio / 4, width) for width in self.skeleton.transitions)

    @property
    def stem_channels(self) -> int:
        return self.skeleton.stem_channels

    @property
    def features(self) -> int:
        """Channels that the classifier reads."""
        return self.skeleton.features

    def parameters(self, image: ImageShape) -> int:
        """How many parameters it has."""
        total = counting.stem_and_classifier(image, self.stem_channels, self.features)
        channels = self.stem_channels
        for inner, out in zip(self.inner, self.skeleton.transitions, strict=True):
            total += counting.pre_units(self.units, channels, inner, out)
            channels = out
        return total

    def misfit(self, image: ImageShape) -> str | None:
        """Why this network cannot be built for such images, or None."""
        return no_skeleton(self.skeleton, image) or too_narrow("ratio", self.ratio, self.inner)


def part(ratio: float, width: int) -> int:
    """``ratio * width`` channels, a remainder dropped."""
    # 0.29 * 100 is 28.999999999999996: what is whole but for the float's last digits is whole.
    return math.floor(ratio * width + 1e-6)


def spelled(ratio: float) -> str:
    """A ratio in the letters that a slug may have: 0.5 is ``0p5``."""
    return f"{ratio:g}".replace(".", "p").replace("+", "")


def no_skeleton(skeleton: DenseNetBC, image: ImageShape) -> str | None:
    """A matched network's last block must end as wide as the skeleton's classifier reads."""
    if not skeleton.third_transition:
        return "its skeleton has no third transition; set `third_transition = true` there"
    return skeleton.misfit(image)


def too_narrow(name: str, ratio: float, widths: tuple[int, ...]) -> str | None:
    """A ratio must leave a channel."""
    return f"{name} {ratio:g} leaves a layer without channels" if min(widths) < 1 else None
