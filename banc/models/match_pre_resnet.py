"""Match-Pre-ResNet: pre-activation bottleneck units on the skeleton of a DenseNet.

Furlanello, Lipton, Itti, Anandkumar: Born Again Neural Networks, section 3 (BAN-ResNet) and table 2. The
units are those of ``pre_resnet``. The residual stream of a block is as wide as the skeleton's
transition, which leaves of the transition the pooling; parameter counts come within 9 % of the paper's
and no construction tried comes nearer. Knows nothing of specs, data or training.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn.functional import relu

from banc.models.initialise import initialise
from banc.models.pre_resnet import PreUnit


class MatchPreResNet(nn.Module):
    """Images (B, channels, H, W), H and W at least 4, to logits (B, classes).

    Args:
        units: bottleneck units in each block.
        inner: channels inside the units of each block.
        widths: channels of the residual stream in each block, the skeleton's after its transitions.
        stem_channels: channels of the skeleton's stem.
    """

    def __init__(
        self,
        units: int,
        inner: Sequence[int],
        widths: Sequence[int],
        classes: int,
        *,
        stem_channels: int,
        channels: int = 3,
    ) -> None:
        super().__init__()
        channels_in = stem_channels
        self.stem = nn.Conv2d(channels, channels_in, 3, padding=1, bias=False)
        self.blocks = nn.Sequential()
        for block, (narrow, width) in enumerate(zip(inner, widths, strict=True)):
            for _ in range(units):
                self.blocks.append(PreUnit(channels_in, narrow, width))
                channels_in = width
            if block < len(widths) - 1:
                self.blocks.append(nn.AvgPool2d(2))
        self.norm = nn.BatchNorm2d(channels_in)
        self.classifier = nn.Linear(channels_in, classes)
        initialise(self)

    def forward(self, images: Tensor) -> Tensor:
        features = relu(self.norm(self.blocks(self.stem(images))), inplace=True)
        logits: Tensor = self.classifier(features.mean((2, 3)))
        return logits
