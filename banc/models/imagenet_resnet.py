"""Residual network of four groups, designed for ImageNet, with a stem for small images.

He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition (arXiv 1512.03385), table 1 and figure 5.
The stem is a 3x3 convolution without stride or pooling, as is usual for 32x32 images. The stride of a
bottleneck is in its 3x3 convolution, as in most programs since; the paper has it in the first 1x1. Knows
nothing of specs, data or training.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn.functional import relu

from banc.models.initialise import initialise
from banc.models.resnet import BasicUnit, projection

EXPANSION = 4  # channels of a bottleneck, in multiples of those of its 3x3 convolution


class Bottleneck(nn.Module):
    """conv1x1-BN-ReLU-conv3x3-BN-ReLU-conv1x1-BN plus a shortcut, then ReLU.

    (B, C, H, W) -> (B, 4 inner, H/s, W/s).
    """

    def __init__(self, channels: int, inner: int, *, stride: int = 1) -> None:
        super().__init__()
        out = EXPANSION * inner
        self.conv1 = nn.Conv2d(channels, inner, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, stride, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, out, 1, bias=False)
        self.norm3 = nn.BatchNorm2d(out)
        self.shortcut = projection(channels, out, stride)

    def forward(self, x: Tensor) -> Tensor:
        new = relu(self.norm1(self.conv1(x)), inplace=True)
        new = relu(self.norm2(self.conv2(new)), inplace=True)
        added = self.norm3(self.conv3(new)) + (x if self.shortcut is None else self.shortcut(x))
        return relu(added, inplace=True)


class ImageNetResNet(nn.Module):
    """ResNet-18 to 152: images (B, channels, H, W), H and W at least 8, to logits (B, classes).

    Args:
        units: in each of the groups, of which all but the first halve the image. bottleneck: whether they are
        bottlenecks or basic units. width: channels of the stem and of the first group (of its 3x3
        convolutions), doubled from group to group.
    """

    def __init__(
        self, units: Sequence[int], classes: int, *, bottleneck: bool, width: int = 64, channels: int = 3
    ) -> None:
        super().__init__()
        self.stem = nn.Conv2d(channels, width, 3, padding=1, bias=False)
        self.stem_norm = nn.BatchNorm2d(width)
        self.blocks = nn.Sequential()
        before = width
        for group, count in enumerate(units):
            inner = width * 2**group
            for unit in range(count):
                stride = 2 if group > 0 and unit == 0 else 1
                if bottleneck:
                    self.blocks.append(Bottleneck(before, inner, stride=stride))
                    before = EXPANSION * inner
                else:
                    self.blocks.append(BasicUnit(before, inner, stride=stride))
                    before = inner
        self.classifier = nn.Linear(before, classes)
        initialise(self)

    def forward(self, images: Tensor) -> Tensor:
        features = self.blocks(relu(self.stem_norm(self.stem(images)), inplace=True))
        logits: Tensor = self.classifier(features.mean((2, 3)))
        return logits
