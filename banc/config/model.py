"""Networks, as a spec declares them: the numbers in their names and the shapes that follow.

``models`` builds them. What is computed here is arithmetic on these numbers, so that a spec can be
checked without torch; a test holds it against the built networks. Each has a ``FAMILY``, the shapes of
its first and last layer (``stem_channels``, ``features``) and its number of ``parameters`` (all three None of
a person's own network), and a ``misfit`` that says why it cannot read images of some shape.
"""

from __future__ import annotations

from banc.config.custom import FactoryNetwork, TorchvisionNetwork
from banc.config.matched import MatchDenseNet, MatchPreResNet, MatchWideResNet
from banc.config.mobilenet_v2 import MobileNetV2
from banc.config.resnet import ImageNetResNet, ResNet
from banc.config.shufflenet import ShuffleNetV1, ShuffleNetV2
from banc.config.textbook import DenseNetBC, PreResNet, WideResNet
from banc.config.vgg import VGG

__all__ = [
    "VGG",
    "DenseNetBC",
    "FactoryNetwork",
    "ImageNetResNet",
    "MatchDenseNet",
    "MatchPreResNet",
    "MatchWideResNet",
    "MobileNetV2",
    "Model",
    "PreResNet",
    "ResNet",
    "ShuffleNetV1",
    "ShuffleNetV2",
    "TorchvisionNetwork",
    "UserNetwork",
    "WideResNet",
]

UserNetwork = TorchvisionNetwork | FactoryNetwork
"""Networks whose code is not banc's."""

Layered = ResNet | ImageNetResNet | VGG | MobileNetV2 | ShuffleNetV1 | ShuffleNetV2
"""Networks that list their layers: parameters and multiply-adds are sums over these."""

Matched = MatchWideResNet | MatchDenseNet | MatchPreResNet
Model = DenseNetBC | WideResNet | PreResNet | Layered | Matched | UserNetwork
"""Every network that a spec can declare."""


def stem_of(model: Model) -> str:
    """What kind of layer a network's first one is: layers of another kind have other weights."""
    match model:
        case VGG():
            return "a 3x3 convolution with bias"
        case ShuffleNetV1() | ShuffleNetV2():
            return "a 1x1 convolution"
        case _:
            return "a 3x3 convolution"
