"""The finite set of views of an image: random crops and flips, enumerable by index.

In: images as bytes and an ``Augmentation``. Out: views as bytes, in bulk, on the device that holds the
images. Which view a sample gets, and where a square of it is hidden, is ``randomness``'s matter.

View v of an image is the crop at offset (dy, dx) = divmod(v mod (2p + 1)^2, 2p + 1) of the image padded
by p; the second half of the views, where there are flips, is the first half mirrored left to right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import pad as constant_pad

from banc.config.recipe import Augmentation
from banc.errors import BancError


def identity_view(augment: Augmentation) -> int:
    """The view that is the image itself: the centre of the padded image, not mirrored."""
    return augment.pad * (2 * augment.pad + 1) + augment.pad


def pad(images: Tensor, pad: int, fill: Literal["reflect", "zeros"] = "reflect") -> Tensor:
    """Pads by reflection, the edge not repeated, or by zeros: uint8 (N, C, H, W) -> (N, C, H + 2p, W + 2p).

    Raises:
        BancError: the padding is not smaller than the image, so there is not enough to reflect, or a view
            would show nothing of it.
    """
    height, width = images.shape[-2:]
    if pad >= min(height, width):
        raise BancError(
            f"padding of `{pad}` pixels is too much for images of {height}x{width}",
            hint=f"padding must be at most {min(height, width) - 1}, less than the image",
        )
    if fill == "zeros":
        return constant_pad(images, (pad,) * 4)
    rows, columns = (_reflected(size, pad, images.device) for size in (height, width))
    return images[:, :, rows[:, None], columns]


def _reflected(size: int, pad: int, device: torch.device) -> Tensor:
    """Where each place of a padded line reads from: -1 is 1, size is size - 2."""
    place = torch.arange(-pad, size + pad, device=device).abs()
    return (size - 1) - ((size - 1) - place).abs()


def render_views(
    padded: Tensor, index: Tensor, view: Tensor, augment: Augmentation, size: tuple[int, int]
) -> Tensor:
    """View ``view[b]`` of image ``index[b]``, for every b: uint8 (B, C, H, W).

    Args:
        padded: what ``pad`` made, uint8 (N, C, H + 2p, W + 2p).
        index: which images, int64 (B,), on the device of ``padded``.
        view: which view of each, int64 (B,), likewise, below ``augment.num_views``.
        size: height and width of the views.
    """
    height, width = size
    side = 2 * augment.pad + 1
    flipped = view >= side * side
    offset = view % (side * side)
    device = padded.device
    rows = (offset // side)[:, None] + torch.arange(height, device=device)
    across = torch.arange(width, device=device).expand(len(view), width)
    across = torch.where(flipped[:, None], width - 1 - across, across)
    columns = (offset % side)[:, None] + across
    channels = torch.arange(padded.shape[1], device=device)
    # One gather of (B, C, H, W): no loop over samples, no host-device synchronisation.
    return padded[
        index[:, None, None, None],
        channels[None, :, None, None],
        rows[:, None, :, None],
        columns[:, None, None, :],
    ]


def cut_out(images: Tensor, centre: Tensor, side: int, colour: Tensor) -> Tensor:
    """Hides a square of every image: uint8 (B, C, H, W).

    DeVries and Taylor, Improved Regularization of Convolutional Neural Networks with Cutout (arXiv
    1708.04552), section 3.2: the square's centre is any pixel, so that a part of the square may lie outside
    of the image.

    Args:
        centre: int64 (B,), the pixel y * W + x; the square has the rows y - side // 2 to
            y - side // 2 + side - 1, and columns likewise.
        colour: uint8 (C,).
    """
    height, width = images.shape[2:]
    rows, columns = (
        _inside(place, size, side) for place, size in ((centre // width, height), (centre % width, width))
    )
    hidden = rows[:, None, :, None] & columns[:, None, None, :]
    return torch.where(hidden, colour[:, None, None], images)


def _inside(centre: Tensor, size: int, side: int) -> Tensor:
    """Which of ``size`` places are in the square's extent: bool (B, size)."""
    first = centre[:, None] - side // 2
    place = torch.arange(size, device=centre.device)
    return (place >= first) & (place < first + side)


def normalise(images: Tensor, mean: Sequence[float] | Tensor, std: Sequence[float] | Tensor) -> Tensor:
    """(x / 255 - mean) / std for each channel: uint8 (B, C, H, W) -> float32 (B, C, H, W).

    ``mean`` and ``std`` are C numbers each; tensors on the images' device cost no copy.
    """
    centre, spread = (
        torch.as_tensor(level, dtype=torch.float32, device=images.device).view(-1, 1, 1)
        for level in (mean, std)
    )
    return images.float().div_(255).sub_(centre).div_(spread)
