"""Wide residual network for small images.

Zagoruyko, Komodakis: Wide Residual Networks (arXiv 1605.07146), section 2 and table 1 (three groups of
basic units, the widening factor), section 2.4 (dropout between the convolutions).
Knows nothing of specs, data or training.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import relu

from banc.models.initialise import initialise

STEM = 16
GROUPS = ((16, 1), (32, 2), (64, 2))  # channels before widening, and the stride of the first unit


class WideUnit(nn.Module):
    """BN-ReLU-conv3x3-BN-ReLU-(dropout)-conv3x3 plus a shortcut: (B, C, H, W) -> (B, out, H/s, W/s).

    Where the shape changes, the shortcut is a 1x1 convolution of the activated input.
    """

    def __init__(self, channels: int, out: int, *, stride: int = 1, dropout: float = 0.0) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, out, 3, stride, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(out)
        self.dropout = nn.Dropout(dropout)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1, bias=False)
        same = channels == out and stride == 1
        self.shortcut = None if same else nn.Conv2d(channels, out, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        active = relu(self.norm1(x), inplace=True)
        shortcut = x if self.shortcut is None else self.shortcut(active)
        new = relu(self.norm2(self.conv1(active)), inplace=True)
        added: Tensor = shortcut + self.conv2(self.dropout(new))
        return added


class WideResNet(nn.Module):
    """Wide-ResNet: images (B, channels, H, W), H and W at least 4, to logits (B, classes).

    Args:
        depth: layers, 6n + 4 for n units a group.
        widening: factor on the channels of each group, k.
        dropout: probability of dropping an activation between the convolutions of a unit.
    """

    def __init__(
        self, depth: int, widening: int, classes: int, *, channels: int = 3, dropout: float = 0.0
    ) -> None:
        super().__init__()
        units, rest = divmod(depth - 4, 2 * len(GROUPS))
        assert units > 0 and rest == 0, f"depth {depth}"
        width = STEM
        self.stem = nn.Conv2d(channels, width, 3, padding=1, bias=False)
        self.blocks = nn.Sequential()
        for base, stride in GROUPS:
            for unit in range(units):
                step = stride if unit == 0 else 1
                self.blocks.append(WideUnit(width, widening * base, stride=step, dropout=dropout))
                width = widening * base
        self.norm = nn.BatchNorm2d(width)
        self.classifier = nn.Linear(width, classes)
        initialise(self)

    def forward(self, images: Tensor) -> Tensor:
        features = relu(self.norm(self.blocks(self.stem(images))), inplace=True)
        logits: Tensor = self.classifier(features.mean((2, 3)))
        return logits
