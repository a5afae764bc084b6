"""VGG with batch normalisation, for small images.

Simonyan, Zisserman: Very Deep Convolutional Networks for Large-Scale Image Recognition (arXiv 1409.1556),
section 2.1 and table 1, in the form that comparisons of distillation methods use for CIFAR-100: batch
normalisation, three halvings, the mean over what is left and one linear layer. Knows nothing of specs, data
or training.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn.functional import relu

from banc.models.initialise import initialise

POOLED = 3  # groups after which the image is halved
WIDEST = 8  # channels of the last groups, in multiples of the first one's


class ConvUnit(nn.Module):
    """conv3x3 with bias-BN-ReLU: (B, C, H, W) -> (B, out, H, W)."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, out, 3, padding=1)
        self.norm = nn.BatchNorm2d(out)

    def forward(self, x: Tensor) -> Tensor:
        return relu(self.norm(self.conv(x)), inplace=True)


class VGG(nn.Module):
    """VGG: images (B, channels, H, W), H and W at least 8, to logits (B, classes).

    Args:
        groups: convolutions in each of the five groups.
        width: channels of the first group; doubled from group to group, up to eight times.
    """

    def __init__(self, groups: Sequence[int], classes: int, *, width: int = 64, channels: int = 3) -> None:
        super().__init__()
        self.stem = nn.Conv2d(channels, width, 3, padding=1)
        self.stem_norm = nn.BatchNorm2d(width)
        self.blocks = nn.Sequential()
        before = width
        for group, convolutions in enumerate(groups):
            out = width * min(2**group, WIDEST)
            for _ in range(convolutions - (group == 0)):
                self.blocks.append(ConvUnit(before, out))
                before = out
            if group < POOLED:
                self.blocks.append(nn.MaxPool2d(2))
        self.classifier = nn.Linear(before, classes)
        initialise(self, linear_std=0.01)

    def forward(self, images: Tensor) -> Tensor:
        features = self.blocks(relu(self.stem_norm(self.stem(images)), inplace=True))
        logits: Tensor = self.classifier(features.mean((2, 3)))
        return logits
