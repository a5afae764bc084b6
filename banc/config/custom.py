"""Networks of a person's own: torchvision's, and what a function in a file of the workspace makes.

Their layers are not known here, so no layer can be shared by name and no shape is told without torch.
``models`` builds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import ClassVar

import attrs
from attrs import frozen

from banc.config.constraints import DERIVED
from banc.config.image import ImageShape
from banc.config.slug import slug_of

Scalar = bool | int | float | str

Argument = Scalar | tuple[Scalar, ...]
"""What a spec can pass to a function."""


@frozen
class TorchvisionNetwork:
    """A classification network of torchvision, by the name of its function there, untrained.

    Called as ``name(weights=None, num_classes=..., **arguments)``.
    """

    FAMILY: ClassVar[str] = "torchvision"
    TAG: ClassVar[str] = "TorchvisionNetwork"
    REVISION: ClassVar[int] = 2
    GIVEN: ClassVar[tuple[str, ...]] = ("weights", "num_classes")

    name: str
    """The function in `torchvision.models`: `resnet18`."""

    arguments: Mapping[str, Argument] = attrs.Factory(dict)
    """Further arguments of that function."""

    @property
    def slug(self) -> str:
        return slug_of(self.FAMILY, self.name)

    @property
    def stem_channels(self) -> None:
        """Not known."""
        return

    @property
    def features(self) -> None:
        """Not known."""
        return

    def parameters(self, _: ImageShape) -> None:
        """Not known."""
        return

    def misfit(self, image: ImageShape) -> str | None:
        """Why this network cannot be built for such images, or None where trying it must tell."""
        if image.channels != 3:
            return f"torchvision's networks read 3 channels; these images have {image.channels}"
        return given_twice(self.arguments, self.GIVEN)


@frozen
class FactoryNetwork:
    """A network that a function of a person's own makes, in a Python file of the workspace.

    Called as ``function(classes=..., channels=..., height=..., width=..., **arguments)``; returns a
    ``torch.nn.Module`` from images (B, channels, height, width) to logits (B, classes).
    """

    FAMILY: ClassVar[str] = "factory"
    TAG: ClassVar[str] = "FactoryNetwork"
    REVISION: ClassVar[int] = 2
    GIVEN: ClassVar[tuple[str, ...]] = ("classes", "channels", "height", "width")

    file: str
    """The Python file, relative to the workspace: `networks/mine.py`. Its bytes are part of what the
    network is."""

    function: str
    """The function in that file."""

    digest: str = attrs.field(metadata=DERIVED)
    """The SHA-256 of the file's bytes, 64 hex digits."""

    arguments: Mapping[str, Argument] = attrs.Factory(dict)
    """Further arguments of that function."""

    @property
    def slug(self) -> str:
        return slug_of(self.FAMILY, PurePosixPath(self.file).stem, self.function)

    @property
    def stem_channels(self) -> None:
        """Not known."""
        return

    @property
    def features(self) -> None:
        """Not known."""
        return

    def parameters(self, _: ImageShape) -> None:
        """Not known."""
        return

    def misfit(self, _: ImageShape) -> str | None:
        """Why this network cannot be built for such images, or None where trying it must tell."""
        return given_twice(self.arguments, self.GIVEN)


def given_twice(arguments: Mapping[str, Argument], given: tuple[str, ...]) -> str | None:
    """What banc passes itself cannot be passed again."""
    twice = [name for name in given if name in arguments]
    return f"banc passes the argument `{twice[0]}` itself" if twice else None
