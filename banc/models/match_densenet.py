"""Match-DenseNet: the skeleton of a DenseNet with other dense blocks.

Furlanello, Lipton, Itti, Anandkumar: Born Again Neural Networks, section 3 (BAN-DenseNet) and table 2.
The units and transitions are those of ``densenet``. Knows nothing of specs, data or training.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn.functional import relu

from banc.models.densenet import DenseUnit, Transition
from banc.models.initialise import initialise


class MatchDenseNet(nn.Module):
    """Images (B, channels, H, W), H and W at least 4, to logits (B, classes).

    Args:
        units: dense units in each block.
        growth: channels that a unit adds.
        inputs: channels that each block begins with; where fewer or more reach it, a BN-ReLU-conv1x1
            changes them first.
        transitions: channels after each block's transition, as in the skeleton.
        stem_channels: channels of the skeleton's stem.
    """

    def __init__(
        self,
        units: int,
        growth: int,
        inputs: Sequence[int],
        transitions: Sequence[int],
        classes: int,
        *,
        stem_channels: int,
        channels: int = 3,
    ) -> None:
        super().__init__()
        width = stem_channels
        self.stem = nn.Conv2d(channels, width, 3, padding=1, bias=False)
        self.blocks = nn.Sequential()
        for block, (begin, out) in enumerate(zip(inputs, transitions, strict=True)):
            if begin != width:
                self.blocks.append(Transition(width, begin, pool=False))
                width = begin
            for _ in range(units):
                self.blocks.append(DenseUnit(width, growth))
                width += growth
            self.blocks.append(Transition(width, out, pool=block < len(transitions) - 1))
            width = out
        self.norm = nn.BatchNorm2d(width)
        self.classifier = nn.Linear(width, classes)
        initialise(self)

    def forward(self, images: Tensor) -> Tensor:
        features = relu(self.norm(self.blocks(self.stem(images))), inplace=True)
        logits: Tensor = self.classifier(features.mean((2, 3)))
        return logits
