"""What a training shows its network of the images in each epoch: views, with cutout and mixup.

In: a data set's training images, an ``Augmentation`` and the training's seed. Out: images as bytes. They are
a function of (seed, epoch, sample): neither order nor batch nor the number of processes changes them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from torch import Tensor

from banc.config.recipe import Augmentation
from banc.runner.training.augment import cut_out, pad, render_views
from banc.runner.training.device import send
from banc.runner.training.image_set import ImageSet
from banc.runner.training.mixup import LEVELS, levels_of, mix, partners_of
from banc.runner.training.randomness import centre_of, view_of

MIXED = 4096
"""Images mixed at once: whole numbers of 32 bits take four times the memory of bytes."""


class _Drawn(NamedTuple):
    """What is drawn of each image for an epoch: int64 (N,) each, by the image's index, on the host."""

    views: Tensor
    centres: Tensor | None
    """Of cutout's squares."""
    partners: Tensor | None
    levels: Tensor | None


class ShownImages:
    """The images of a training of one seed."""

    def __init__(self, data: ImageSet, augment: Augmentation, seed: int) -> None:
        """Pads the images.

        Raises:
            BancError: they are too small for the padding.
        """
        self._data, self._augment, self._seed = data, augment, seed
        self._padded = pad(data.images, augment.pad, augment.fill)
        # The epoch that is shown, and the one that comes next in the same batch.
        self._drawn = lru_cache(maxsize=2)(self._draw)

    def views(self, epoch: int) -> Tensor:
        """The view of each image: int64 (N,)."""
        return self._drawn(epoch).views

    def partners(self, epoch: int) -> Tensor | None:
        """The image that each is mixed with: int64 (N,); None without mixup."""
        return self._drawn(epoch).partners

    def ratios(self, epoch: int) -> Tensor | None:
        """The share of each image in its mixture: float32 (N,); None without mixup."""
        levels = self._drawn(epoch).levels
        return None if levels is None else levels.float() / LEVELS

    def __call__(self, epoch: int, rows: Tensor) -> Tensor:
        """What is shown of images ``rows``, int64 (b,) on the host: uint8 (b, C, H, W) on the device."""
        drawn = self._drawn(epoch)
        if drawn.partners is None or drawn.levels is None:
            return self._cropped(drawn, rows)
        shape = self._data.shape
        mixed = self._padded.new_empty((len(rows), shape.channels, shape.height, shape.width))
        for start in range(0, len(rows), MIXED):
            some = rows[start : start + MIXED]
            own, others = (self._cropped(drawn, each) for each in (some, drawn.partners[some]))
            mixed[start : start + MIXED] = mix(own, others, send(drawn.levels[some], mixed.device))
        return mixed

    def _cropped(self, drawn: _Drawn, rows: Tensor) -> Tensor:
        """Images in their views, with cutout's square."""
        device, shape = self._padded.device, self._data.shape
        rows_there, view = send(rows, device), send(drawn.views[rows], device)
        images = render_views(self._padded, rows_there, view, self._augment, (shape.height, shape.width))
        if drawn.centres is None:
            return images
        centre = send(drawn.centres[rows], device)
        return cut_out(images, centre, self._augment.cutout, self._data.mean_colour)

    def _draw(self, epoch: int) -> _Drawn:
        augment, shape, n = self._augment, self._data.shape, len(self._data.images)
        return _Drawn(
            view_of(self._seed, epoch, n, augment.num_views),
            centre_of(self._seed, epoch, n, shape.height * shape.width) if augment.cutout else None,
            partners_of(self._seed, epoch, n) if augment.mixup else None,
            levels_of(self._seed, epoch, n, augment.mixup) if augment.mixup else None,
        )
