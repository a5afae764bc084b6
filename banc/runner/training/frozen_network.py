"""A trained network that answers and does not change.

In: a finished network's file, and images as the student sees them. Out: what it says of them, rounded
as a store keeps it. A ``predict`` stage asks it about every view; a student with live teachers asks it
about what an epoch shows. Both paths round to float16 identically.

On a CPU an image's float32 outputs are the same bytes in whatever batch it goes through, as long as that
has a multiple of 16 images or so; beside a smaller rest the last digit may move, and then one float16 of
a few thousand.
"""

from __future__ import annotations

from pathlib import Path

import attrs
import torch
from torch import Tensor

from banc.config.model import UserNetwork
from banc.runner.files.network_file import Description, load_network
from banc.runner.files.npy import damaged
from banc.runner.training.cuda_graph import Graphs, Recorded
from banc.runner.training.device import layout
from banc.runner.training.image_set import ImageSet
from banc.runner.training.infer import infer


class FrozenNetwork:
    """The network of a file in evaluation mode, for images of one data set."""

    def __init__(
        self, root: Path, path: Path, description: Description, data: ImageSet, graphs: Graphs | None = None
    ) -> None:
        """Reads the network's weights. Draws numbers from torch's global generator.

        Args:
            root: the workspace.
            path: the network's file.
            description: what that file says of it.
            data: how its images are normalised.
            graphs: where its work is recorded, if it is one of banc's own.

        Raises:
            BancError: the weights are damaged, or the network is for other images.
        """
        if description.image != data.shape:
            raise damaged(path)
        self.network = load_network(path, description, root)
        self._data = attrs.evolve(data, layout=layout(description.model))
        self.network.requires_grad_(False).to(data.images.device).to(memory_format=self._data.layout)
        self._precision = description.precision
        recorded = graphs is not None and not isinstance(description.model, UserNetwork)
        self._ask = Recorded(self._compute, graphs) if graphs is not None and recorded else self._compute

    def __call__(self, images: Tensor, batch: int | None = None) -> Tensor:
        """Log-probabilities of ``images``, uint8 (B, C, H, W) on its device: float16 (B, classes).

        Args:
            batch: images in a forward pass. Default: ``infer.BATCH``.
        """
        answer = self._ask(images, batch)
        assert answer is not None
        return answer

    def _compute(self, images: Tensor, batch: int | None) -> Tensor:
        logits = infer(self.network, images, self._data, self._precision, batch)
        # Computed in float32, since float16 has 11 bits.
        return torch.log_softmax(logits, 1).half()
