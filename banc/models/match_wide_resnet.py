"""Match-Wide-ResNet: wide residual units on the skeleton of a DenseNet.

Furlanello, Lipton, Itti, Anandkumar: Born Again Neural Networks, section 3 (BAN-ResNet) and table 2. The
units are those of ``wide_resnet``, the transitions those of ``densenet``. Knows nothing of specs, data
or training.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn.functional import relu

from banc.models.densenet import Transition
from banc.models.initialise import initialise
from banc.models.wide_resnet import WideUnit


class MatchWideResNet(nn.Module):
    """Images (B, channels, H, W), H and W at least 4, to logits (B, classes).

    Args:
        units: residual units in each block.
        widths: channels of the units in each block.
        transitions: channels after each block's transition, as in the skeleton.
        stem_channels: channels of the skeleton's stem.
        dropout: probability of dropping an activation between the convolutions of a unit.
    """

    def __init__(
        self,
        units: int,
        widths: Sequence[int],
        transitions: Sequence[int],
        classes: int,
        *,
        stem_channels: int,
        channels: int = 3,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        channels_in = stem_channels
        self.stem = nn.Conv2d(channels, channels_in, 3, padding=1, bias=False)
        self.blocks = nn.Sequential()
        for block, (width, out) in enumerate(zip(widths, transitions, strict=True)):
            for _ in range(units):
                self.blocks.append(WideUnit(channels_in, width, dropout=dropout))
                channels_in = width
            self.blocks.append(Transition(width, out, pool=block < len(transitions) - 1))
            channels_in = out
        self.norm = nn.BatchNorm2d(channels_in)
        self.classifier = nn.Linear(channels_in, classes)
        initialise(self)

    def forward(self, images: Tensor) -> Tensor:
        features = relu(self.norm(self.blocks(self.stem(images))), inplace=True)
        logits: Tensor = self.classifier(features.mean((2, 3)))
        return logits
