"""Pre-activation residual network with bottleneck units, for small images.

He, Zhang, Ren, Sun: Identity Mappings in Deep Residual Networks (arXiv 1603.05027), section 4 (full
pre-activation, ResNet-164 and ResNet-1001 for CIFAR) and its appendix. Knows nothing of specs, data or
training.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import relu

from banc.models.initialise import initialise

STEM = 16
GROUPS = ((64, 1), (128, 2), (256, 2))  # channels, and the stride of the first unit
BOTTLENECK = 4  # channels of a unit, in multiples of those of its 3x3 convolution


class PreUnit(nn.Module):
    """BN-ReLU-conv1x1-BN-ReLU-conv3x3-BN-ReLU-conv1x1 plus a shortcut: (B, C, H, W) -> (B, out, H/s, W/s).

    Where the shape changes, the shortcut is a 1x1 convolution of the activated input. The stride is in
    the first convolution, as in the authors' program; the paper does not say.
    """

    def __init__(self, channels: int, inner: int, out: int, *, stride: int = 1) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, inner, 1, stride, bias=False)
        self.norm2 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, padding=1, bias=False)
        self.norm3 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, out, 1, bias=False)
        same = channels == out and stride == 1
        self.shortcut = None if same else nn.Conv2d(channels, out, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        active = relu(self.norm1(x), inplace=True)
        shortcut = x if self.shortcut is None else self.shortcut(active)
        new = relu(self.norm2(self.conv1(active)), inplace=True)
        new = relu(self.norm3(self.conv2(new)), inplace=True)
        added: Tensor = shortcut + self.conv3(new)
        return added


class PreResNet(nn.Module):
    """Pre-activation ResNet: images (B, channels, H, W), H and W at least 4, to logits (B, classes).

    Args:
        depth: layers, 9n + 2 for n units a group.
    """

    def __init__(self, depth: int, classes: int, *, channels: int = 3) -> None:
        super().__init__()
        units, rest = divmod(depth - 2, 3 * len(GROUPS))
        assert units > 0 and rest == 0, f"depth {depth}"
        width = STEM
        self.stem = nn.Conv2d(channels, width, 3, padding=1, bias=False)
        self.blocks = nn.Sequential()
        for out, stride in GROUPS:
            for unit in range(units):
                step = stride if unit == 0 else 1
                self.blocks.append(PreUnit(width, out // BOTTLENECK, out, stride=step))
                width = out
        self.norm = nn.BatchNorm2d(width)
        self.classifier = nn.Linear(width, classes)
        initialise(self)

    def forward(self, images: Tensor) -> Tensor:
        features = relu(self.norm(self.blocks(self.stem(images))), inplace=True)
        logits: Tensor = self.classifier(features.mean((2, 3)))
        return logits
