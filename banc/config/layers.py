"""A network as the list of its layers, for arithmetic: parameters, multiply-adds, and how many there are.

In: channels, kernels, and the pixels of outputs. Out: whole numbers. A family that can list its layers needs
no formula of its own; tests hold the list against the built network. Knows nothing of torch.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from banc.config.image import ImageShape


@frozen
class Convolution:
    """A square convolution."""

    channels: int
    out: int
    kernel: int
    pixels: int
    """Of its output."""
    groups: int = 1
    bias: bool = False

    @property
    def parameters(self) -> int:
        return self.out * (self.channels // self.groups * self.kernel**2 + self.bias)

    @property
    def multiply_adds(self) -> int:
        return self.pixels * self.out * self.channels // self.groups * self.kernel**2


@frozen
class Norm:
    """Batch normalisation: a scale and a shift for each channel."""

    channels: int

    @property
    def parameters(self) -> int:
        return 2 * self.channels

    @property
    def multiply_adds(self) -> int:
        return 0


@frozen
class Classifier:
    """A linear layer with bias."""

    features: int
    classes: int

    @property
    def parameters(self) -> int:
        return (self.features + 1) * self.classes

    @property
    def multiply_adds(self) -> int:
        return self.features * self.classes


Layer = Convolution | Norm | Classifier


@frozen
class Grid:
    """Rows and columns of a feature map, on its way through a network."""

    height: int
    width: int

    @classmethod
    def of(cls, image: ImageShape) -> Grid:
        """An image's own."""
        return cls(image.height, image.width)

    @property
    def pixels(self) -> int:
        return self.height * self.width

    def strided(self, stride: int = 2) -> Grid:
        """After a layer with a stride, which keeps an odd row."""
        return Grid(-(-self.height // stride), -(-self.width // stride))

    def pooled(self) -> Grid:
        """After the maximum or mean of each 2x2 square, which drops an odd row."""
        return Grid(self.height // 2, self.width // 2)


def parameters(layers: Iterable[Layer]) -> int:
    """Numbers that training could change."""
    return sum(layer.parameters for layer in layers)


def multiply_adds(layers: Iterable[Layer]) -> int:
    """Of one forward pass of one image."""
    return sum(layer.multiply_adds for layer in layers)


def weighted(layers: Iterable[Layer]) -> int:
    """How many convolutions and linear layers there are."""
    return sum(not isinstance(layer, Norm) for layer in layers)


def too_small(image: ImageShape, least: int) -> str | None:
    """Why a network that needs ``least`` rows and columns cannot read such images, or None."""
    if min(image.height, image.width) < least:
        return f"images of {image.height}x{image.width} are too small; the smallest are {least}x{least}"
    return None
