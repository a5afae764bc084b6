"""ShuffleNet for small images: 1x1 convolutions in groups, between which channels are shuffled.

Zhang, Zhou, Lin, Sun: ShuffleNet: An Extremely Efficient Convolutional Neural Network for Mobile Devices
(arXiv 1707.01083), figure 2 (units) and table 1 (groups), in the form that comparisons of distillation
methods use for CIFAR-100. First weights are as torch draws them, as there. Knows nothing of specs, data or
training.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, relu

STEM = 24
UNITS = (4, 8, 4)
GROUPS = 3  # of a 1x1 convolution


class ShuffleUnit(nn.Module):
    """conv1x1-BN-ReLU-shuffle, depthwise conv3x3-BN-ReLU, conv1x1-BN, and the input; then ReLU.

    (B, C, H, W) -> (B, out, H/s, W/s). With stride 1 the input is added; with stride 2 its mean over 3x3
    squares is concatenated. (The paper has no ReLU after the depthwise convolution; the benchmark has.)

    Args:
        groups: of the first convolution.
    """

    def __init__(self, channels: int, out: int, *, stride: int = 1, groups: int = GROUPS) -> None:
        super().__init__()
        new = out if stride == 1 else out - channels
        inner = new // 4
        self.groups, self.stride = groups, stride
        self.conv1 = nn.Conv2d(channels, inner, 1, groups=groups, bias=False)
        self.norm1 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, stride, padding=1, groups=inner, bias=False)
        self.norm2 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, new, 1, groups=GROUPS, bias=False)
        self.norm3 = nn.BatchNorm2d(new)

    def forward(self, x: Tensor) -> Tensor:
        new = shuffle(relu(self.norm1(self.conv1(x)), inplace=True), self.groups)
        new = relu(self.norm2(self.conv2(new)), inplace=True)
        new = self.norm3(self.conv3(new))
        if self.stride == 1:
            return relu(new + x, inplace=True)
        return relu(torch.cat((new, avg_pool2d(x, 3, 2, padding=1)), 1), inplace=True)


class ShuffleNetV1(nn.Module):
    """ShuffleNet: images (B, channels, H, W), H and W at least 8, to logits (B, classes).

    Args:
        widths: channels of each group, multiples of 12.
    """

    def __init__(self, widths: Sequence[int], classes: int, *, channels: int = 3) -> None:
        super().__init__()
        self.stem = nn.Conv2d(channels, STEM, 1, bias=False)
        self.stem_norm = nn.BatchNorm2d(STEM)
        self.blocks = nn.Sequential()
        before = STEM
        for out, units in zip(widths, UNITS, strict=True):
            for unit in range(units):
                groups = 1 if before == STEM else GROUPS
                self.blocks.append(ShuffleUnit(before, out, stride=1 if unit else 2, groups=groups))
                before = out
        self.classifier = nn.Linear(before, classes)

    def forward(self, images: Tensor) -> Tensor:
        features = self.blocks(relu(self.stem_norm(self.stem(images)), inplace=True))
        logits: Tensor = self.classifier(features.mean((2, 3)))
        return logits


def shuffle(x: Tensor, groups: int) -> Tensor:
    """Channels of all groups in turn: c of group g comes to c * groups + g. (B, C, H, W) as before."""
    if groups == 1:
        return x
    images, channels, height, width = x.shape
    apart = x.reshape(images, groups, channels // groups, height, width)
    return apart.transpose(1, 2).reshape(images, channels, height, width)
