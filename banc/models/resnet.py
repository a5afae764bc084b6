"""Residual network for small images, with the rectifier behind the addition.

He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition (arXiv 1512.03385), section 3.3 (units,
shortcuts of option B) and section 4.2 (three groups, 6n + 2 layers). Knows nothing of specs, data or
training.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import relu

from banc.models.initialise import initialise

GROUPS = ((16, 1), (32, 2), (64, 2))  # channels before widening, and the stride of the first unit


class BasicUnit(nn.Module):
    """conv3x3-BN-ReLU-conv3x3-BN plus a shortcut, then ReLU: (B, C, H, W) -> (B, out, H/s, W/s).

    Where the shape changes, the shortcut is a 1x1 convolution with batch normalisation.
    """

    def __init__(self, channels: int, out: int, *, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, out, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(out)
        self.shortcut = projection(channels, out, stride)

    def forward(self, x: Tensor) -> Tensor:
        new = relu(self.norm1(self.conv1(x)), inplace=True)
        added = self.norm2(self.conv2(new)) + (x if self.shortcut is None else self.shortcut(x))
        return relu(added, inplace=True)


class ResNet(nn.Module):
    """ResNet: images (B, channels, H, W), H and W at least 4, to logits (B, classes).

    Args:
        depth: layers, 6n + 2 for n units a group.
        widening: factor on the channels of each group.
        stem: channels of the first convolution.
    """

    def __init__(
        self, depth: int, classes: int, *, widening: int = 1, stem: int = 16, channels: int = 3
    ) -> None:
        super().__init__()
        units, rest = divmod(depth - 2, 2 * len(GROUPS))
        assert units > 0 and rest == 0, f"depth {depth}"
        width = stem
        self.stem = nn.Conv2d(channels, width, 3, padding=1, bias=False)
        self.stem_norm = nn.BatchNorm2d(width)
        self.blocks = nn.Sequential()
        for base, stride in GROUPS:
            for unit in range(units):
                self.blocks.append(BasicUnit(width, widening * base, stride=stride if unit == 0 else 1))
                width = widening * base
        self.classifier = nn.Linear(width, classes)
        initialise(self)

    def forward(self, images: Tensor) -> Tensor:
        features = self.blocks(relu(self.stem_norm(self.stem(images)), inplace=True))
        logits: Tensor = self.classifier(features.mean((2, 3)))
        return logits


def projection(channels: int, out: int, stride: int) -> nn.Sequential | None:
    """The shortcut of a unit that changes the shape; None for the others."""
    if channels == out and stride == 1:
        return None
    return nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))
