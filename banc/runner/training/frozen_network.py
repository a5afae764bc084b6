"""A trained network that answers and does not change.

In: a finished network's file and the images it is asked about. Out: what it says of their views, rounded
as a store keeps it. A ``predict`` stage asks it about every view; a student with live teachers asks it
about those that an epoch shows. Both paths round to float16 identically.

On a CPU an image's float32 outputs are the same bytes in whatever batch it goes through, as long as that
has a multiple of 16 images or so; beside a smaller rest the last digit may move, and then one float16 of
a few thousand.
"""

from __future__ import annotations

from pathlib import Path

import attrs
import torch
from torch import Tensor

from banc.config.recipe import Augmentation
from banc.runner.files.network_file import Description, load_network
from banc.runner.files.npy import damaged
from banc.runner.training.augment import render_views
from banc.runner.training.device import layout
from banc.runner.training.image_set import ImageSet
from banc.runner.training.infer import infer


class FrozenNetwork:
    """The network of a file in evaluation mode, over the images that ``padded`` holds."""

    def __init__(
        self,
        root: Path,
        path: Path,
        description: Description,
        data: ImageSet,
        padded: Tensor,
        augment: Augmentation,
    ) -> None:
        """Reads the network's weights. Draws numbers from torch's global generator.

        Args:
            root: the workspace.
            path: the network's file.
            description: what that file says of it.
            padded: ``data.images`` as ``views.pad`` made them for ``augment``.

        Raises:
            BancError: the weights are damaged, or the network is for other images.
        """
        if description.image != data.shape:
            raise damaged(path)
        self.network = load_network(path, description, root)
        self._data = attrs.evolve(data, layout=layout(description.model))
        self.network.requires_grad_(False).to(padded.device).to(memory_format=self._data.layout)
        self._padded, self._augment = padded, augment
        self._precision = description.precision

    def __call__(self, rows: Tensor, view: Tensor) -> Tensor:
        """Log-probabilities of view ``view[b]`` of image ``rows[b]``: float16 (B, classes)."""
        size = self._data.shape.height, self._data.shape.width
        device = self._padded.device
        chosen = render_views(self._padded, rows.to(device), view.to(device), self._augment, size)
        logits = infer(self.network, chosen, self._data, self._precision)
        # Computed in float32, since float16 has 11 bits.
        return torch.log_softmax(logits, 1).half()
