"""What a network must know of its data: the shape of an image and the number of classes."""

from __future__ import annotations

from attrs import frozen


@frozen
class ImageShape:
    """Images of shape (channels, height, width), sorted into ``classes`` classes."""

    channels: int
    height: int
    width: int
    classes: int
