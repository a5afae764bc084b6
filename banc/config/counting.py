"""How many parameters the layers of banc's networks have, by arithmetic.

In: channels. Out: numbers that training could change, as ``models.build.count_parameters`` counts them;
running statistics are none. Convolutions have no bias. Knows nothing of torch: a test holds it against the
built networks.
"""

from __future__ import annotations

from banc.config.image import ImageShape


def convolution(channels: int, out: int, size: int) -> int:
    """A ``size`` x ``size`` convolution without bias."""
    return channels * out * size * size


def norm(channels: int) -> int:
    """Batch normalisation: a scale and a shift for each channel."""
    return 2 * channels


def stem_and_classifier(image: ImageShape, stem_channels: int, features: int) -> int:
    """What every network has around its blocks: 3x3 stem, last normalisation, classifier with bias."""
    return (
        convolution(image.channels, stem_channels, 3)
        + norm(features)
        + features * image.classes
        + image.classes
    )


def dense_units(units: int, channels: int, growth: int) -> int:
    """A block of ``models.densenet.DenseUnit``; the first reads ``channels``."""

    def unit(reads: int) -> int:
        inner = 4 * growth
        return norm(reads) + convolution(reads, inner, 1) + norm(inner) + convolution(inner, growth, 3)

    # What a unit has grows by the same number from one to the next: the sum of an arithmetic series.
    return units * (unit(channels) + unit(channels + (units - 1) * growth)) // 2


def transition(channels: int, out: int) -> int:
    """``models.densenet.Transition``."""
    return norm(channels) + convolution(channels, out, 1)


def wide_units(units: int, channels: int, out: int) -> int:
    """A group of ``models.wide_resnet.WideUnit``. Where the shape changes, the shortcut is a convolution."""

    def unit(reads: int) -> int:
        shortcut = 0 if reads == out else convolution(reads, out, 1)
        return norm(reads) + convolution(reads, out, 3) + norm(out) + convolution(out, out, 3) + shortcut

    return unit(channels) + (units - 1) * unit(out)


def pre_units(units: int, channels: int, inner: int, out: int) -> int:
    """A group of ``models.pre_resnet.PreUnit``. Where the shape changes, the shortcut is a convolution."""

    def unit(reads: int) -> int:
        shortcut = 0 if reads == out else convolution(reads, out, 1)
        return (
            norm(reads)
            + convolution(reads, inner, 1)
            + norm(inner)
            + convolution(inner, inner, 3)
            + norm(inner)
            + convolution(inner, out, 1)
            + shortcut
        )

    return unit(channels) + (units - 1) * unit(out)
