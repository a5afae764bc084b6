"""MobileNetV2 for small images.

Sandler, Howard, Zhu, Zhmoginov, Chen: MobileNetV2: Inverted Residuals and Linear Bottlenecks (arXiv
1801.04381), section 3.3 (units) and table 2 (groups), in the form that comparisons of distillation methods
use for CIFAR-100. Knows nothing of specs, data or training.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn.functional import relu

from banc.models.initialise import initialise


class InvertedResidual(nn.Module):
    """conv1x1-BN-ReLU, depthwise conv3x3-BN-ReLU, conv1x1-BN: (B, C, H, W) -> (B, out, H/s, W/s).

    Plus its input, where the shape stays.
    """

    def __init__(self, channels: int, out: int, *, expansion: int, stride: int = 1) -> None:
        super().__init__()
        inner = expansion * channels
        self.conv1 = nn.Conv2d(channels, inner, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, stride, padding=1, groups=inner, bias=False)
        self.norm2 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, out, 1, bias=False)
        self.norm3 = nn.BatchNorm2d(out)
        self.same = channels == out and stride == 1

    def forward(self, x: Tensor) -> Tensor:
        new = relu(self.norm1(self.conv1(x)), inplace=True)
        new = relu(self.norm2(self.conv2(new)), inplace=True)
        narrow: Tensor = self.norm3(self.conv3(new))
        return x + narrow if self.same else narrow


class MobileNetV2(nn.Module):
    """MobileNetV2: images (B, channels, H, W), H and W at least 8, to logits (B, classes).

    Args:
        stem: channels of the first convolution, which halves the image.
        groups: of each group the expansion, channels, units, and the stride of the first unit.
        features: channels of the last convolution, which the classifier reads.
    """

    def __init__(
        self,
        stem: int,
        groups: Sequence[tuple[int, int, int, int]],
        features: int,
        classes: int,
        *,
        channels: int = 3,
    ) -> None:
        super().__init__()
        self.stem = nn.Conv2d(channels, stem, 3, 2, padding=1, bias=False)
        self.stem_norm = nn.BatchNorm2d(stem)
        self.blocks = nn.Sequential()
        before = stem
        for expansion, out, units, stride in groups:
            for unit in range(units):
                step = stride if unit == 0 else 1
                self.blocks.append(InvertedResidual(before, out, expansion=expansion, stride=step))
                before = out
        self.last = nn.Conv2d(before, features, 1, bias=False)
        self.norm = nn.BatchNorm2d(features)
        self.classifier = nn.Linear(features, classes)
        initialise(self, linear_std=0.01)

    def forward(self, images: Tensor) -> Tensor:
        features = self.blocks(relu(self.stem_norm(self.stem(images)), inplace=True))
        features = relu(self.norm(self.last(features)), inplace=True)
        logits: Tensor = self.classifier(features.mean((2, 3)))
        return logits
