"""A bound on the length of a step's gradient.

Pascanu, Mikolov, Bengio, On the difficulty of training recurrent neural networks (arXiv 1211.5063), algorithm
1: a gradient that is longer than c is scaled to the length c. In: the gradients of all trained tensors. Out:
the same tensors, changed. The host does not wait for the device.
"""

from __future__ import annotations

import torch
from torch import Tensor


@torch.no_grad()
def clip(gradients: list[Tensor], longest: float) -> None:
    """Scales all gradients by one factor, so that their Euclidean norm together is at most ``longest``."""
    norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
    # A gradient that is short enough is multiplied by exactly 1.
    torch._foreach_mul_(gradients, longest / norm.clamp(min=longest))
