"""ShuffleNetV2 for small images: half of a unit's channels go past it, and all are shuffled.

Ma, Zhang, Zheng, Sun: ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design (arXiv
1807.11164), figure 3 c and d (units) and table 5 (groups), in the form that comparisons of distillation
methods use for CIFAR-100. First weights are as torch draws them, as there. Knows nothing of specs, data or
training.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from banc.models.shufflenet_v1 import shuffle

STEM = 24
UNITS = (4, 8, 4)


class Branch(nn.Module):
    """conv1x1-BN-ReLU, depthwise conv3x3-BN, conv1x1-BN-ReLU: (B, C, H, W) -> (B, out, H/s, W/s)."""

    def __init__(self, channels: int, out: int, *, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, out, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, stride, padding=1, groups=out, bias=False)
        self.norm2 = nn.BatchNorm2d(out)
        self.conv3 = nn.Conv2d(out, out, 1, bias=False)
        self.norm3 = nn.BatchNorm2d(out)

    def forward(self, x: Tensor) -> Tensor:
        new = self.norm2(self.conv2(relu(self.norm1(self.conv1(x)), inplace=True)))
        return relu(self.norm3(self.conv3(new)), inplace=True)


class SplitUnit(nn.Module):
    """Half of the channels, and the other half through a branch: (B, C, H, W) -> (B, C, H, W)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.branch = Branch(channels // 2, channels // 2)

    def forward(self, x: Tensor) -> Tensor:
        past, through = x.chunk(2, 1)
        return shuffle(torch.cat((past, self.branch(through)), 1), 2)


class DownUnit(nn.Module):
    """Two branches of all channels, both with stride 2: (B, C, H, W) -> (B, out, H/2, W/2)."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, 2, padding=1, groups=channels, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, out // 2, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(out // 2)
        self.branch = Branch(channels, out // 2, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        past = relu(self.norm2(self.conv2(self.norm1(self.conv1(x)))), inplace=True)
        return shuffle(torch.cat((past, self.branch(x)), 1), 2)


class ShuffleNetV2(nn.Module):
    """ShuffleNetV2: images (B, channels, H, W), H and W at least 8, to logits (B, classes).

    Args:
        widths: channels of each group, even numbers.
        last: channels of the last convolution, which the classifier reads.
    """

    def __init__(self, widths: Sequence[int], classes: int, *, last: int = 1024, channels: int = 3) -> None:
        super().__init__()
        self.stem = nn.Conv2d(channels, STEM, 1, bias=False)
        self.stem_norm = nn.BatchNorm2d(STEM)
        self.blocks = nn.Sequential()
        before = STEM
        for out, units in zip(widths, UNITS, strict=True):
            self.blocks.append(DownUnit(before, out))
            for _ in range(units - 1):
                self.blocks.append(SplitUnit(out))
            before = out
        self.last = nn.Conv2d(before, last, 1, bias=False)
        self.norm = nn.BatchNorm2d(last)
        self.classifier = nn.Linear(last, classes)

    def forward(self, images: Tensor) -> Tensor:
        features = self.blocks(relu(self.stem_norm(self.stem(images)), inplace=True))
        features = relu(self.norm(self.last(features)), inplace=True)
        logits: Tensor = self.classifier(features.mean((2, 3)))
        return logits
