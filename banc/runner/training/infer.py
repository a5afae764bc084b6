"""A network's outputs, in evaluation mode and without gradients.

In: a network and images as bytes. Out: logits. The network is not changed.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from banc.runner.training.device import autocast
from banc.runner.training.image_set import ImageSet

BATCH = 256
"""Images in a forward pass: enough to keep a device busy, few enough for a wide network on a CPU."""


def infer(
    network: nn.Module,
    images: Tensor,
    data: ImageSet,
    precision: Literal["float32", "bfloat16"],
    batch: int | None = None,
) -> Tensor:
    """Logits float32 (N, classes) for images uint8 (N, C, H, W) as ``data`` normalises them.

    Args:
        batch: images in a forward pass. Default: ``BATCH``.
    """
    network.eval()
    with torch.inference_mode(), autocast(images.device, precision):
        batches = torch.split(images, batch or BATCH)
        return torch.cat([network(data.normalised(batch)).float() for batch in batches])
