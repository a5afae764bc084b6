"""DenseNet-BC for small images.

Huang, Liu, van der Maaten, Weinberger: Densely Connected Convolutional Networks (arXiv 1608.06993),
section 3 (units, bottleneck, compression) and section 4.2 (three blocks, stem of 2k channels).
Knows nothing of specs, data or training.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, relu

from banc.models.initialise import initialise

BLOCKS = 3
BOTTLENECK = 4  # channels between the two convolutions of a unit, in multiples of the growth
COMPRESSION = 2  # a transition divides the channels by this: theta = 0.5


class DenseUnit(nn.Module):
    """BN-ReLU-conv1x1(4k)-BN-ReLU-conv3x3(k), concatenated to its input: (B, C, H, W) -> (B, C + k, H, W)."""

    def __init__(self, channels: int, growth: int) -> None:
        super().__init__()
        inner = BOTTLENECK * growth
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, inner, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, growth, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        new = self.conv1(relu(self.norm1(x), inplace=True))
        new = self.conv2(relu(self.norm2(new), inplace=True))
        return torch.cat((x, new), 1)


class Transition(nn.Module):
    """BN-ReLU-conv1x1, then the mean of each 2x2 square where ``pool``."""

    def __init__(self, channels: int, out: int, *, pool: bool) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels)
        self.conv = nn.Conv2d(channels, out, 1, bias=False)
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(relu(self.norm(x), inplace=True))
        return avg_pool2d(x, 2) if self.pool else x


class DenseNet(nn.Module):
    """DenseNet-BC: images (B, channels, H, W), H and W at least 4, to logits (B, classes).

    Args:
        depth: layers; each block has floor((depth - 4) / 6) units.
        growth: channels that a unit adds, k.
        third_transition: a transition, without pooling, after the last block too.
    """

    def __init__(
        self, depth: int, growth: int, classes: int, *, channels: int = 3, third_transition: bool = False
    ) -> None:
        super().__init__()
        units = (depth - 4) // (2 * BLOCKS)
        assert units > 0, f"depth {depth}"
        width = 2 * growth
        self.stem = nn.Conv2d(channels, width, 3, padding=1, bias=False)
        self.blocks = nn.Sequential()
        for block in range(BLOCKS):
            for _ in range(units):
                self.blocks.append(DenseUnit(width, growth))
                width += growth
            last = block == BLOCKS - 1
            if not last or third_transition:
                self.blocks.append(Transition(width, width // COMPRESSION, pool=not last))
                width //= COMPRESSION
        self.norm = nn.BatchNorm2d(width)
        self.classifier = nn.Linear(width, classes)
        initialise(self)

    def forward(self, images: Tensor) -> Tensor:
        features = relu(self.norm(self.blocks(self.stem(images))), inplace=True)
        logits: Tensor = self.classifier(features.mean((2, 3)))
        return logits
