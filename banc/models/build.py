"""From a model as a spec declares it to a network with its first weights.

Only this file, and those of networks that are not banc's own, know the vocabulary.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from banc.config import model as declared
from banc.config.image import ImageShape
from banc.models.densenet import DenseNet
from banc.models.factory import factory
from banc.models.fit import TensorKind
from banc.models.imagenet_resnet import ImageNetResNet
from banc.models.match_densenet import MatchDenseNet
from banc.models.match_pre_resnet import MatchPreResNet
from banc.models.match_wide_resnet import MatchWideResNet
from banc.models.meta_parameters import meta_parameters
from banc.models.mobilenet_v2 import MobileNetV2
from banc.models.pre_resnet import PreResNet
from banc.models.resnet import ResNet
from banc.models.shufflenet_v1 import ShuffleNetV1
from banc.models.shufflenet_v2 import ShuffleNetV2
from banc.models.vgg import VGG
from banc.models.wide_resnet import WideResNet


def build(model: declared.Model, image: ImageShape, root: Path = Path()) -> nn.Module:
    """The network: images (B, C, H, W) of that shape to logits (B, classes).

    First weights come from torch's global generator, which the caller seeds. ``model.misfit(image)`` must
    be None.

    Args:
        root: the workspace, in which the file of a person's own network lies.

    Raises:
        Unusable: a person's own network cannot be built.
    """
    classes, channels = image.classes, image.channels
    match model:
        case declared.DenseNetBC(depth=depth, growth=growth, third_transition=third):
            return DenseNet(depth, growth, classes, channels=channels, third_transition=third)
        case declared.WideResNet(depth=depth, widening=widening, dropout=dropout):
            return WideResNet(depth, widening, classes, channels=channels, dropout=dropout)
        case declared.PreResNet(depth=depth):
            return PreResNet(depth, classes, channels=channels)
        case declared.ResNet(depth=depth, widening=widening, stem=stem):
            return ResNet(depth, classes, widening=widening, stem=stem, channels=channels)
        case declared.ImageNetResNet(units=each, bottleneck=bottleneck, width=width):
            return ImageNetResNet(each, classes, bottleneck=bottleneck, width=width, channels=channels)
        case declared.VGG(groups=groups, width=width):
            return VGG(groups, classes, width=width, channels=channels)
        case declared.MobileNetV2(stem_channels=stem, groups=groups, features=features):
            return MobileNetV2(stem, groups, features, classes, channels=channels)
        case declared.ShuffleNetV1(widths=widths):
            return ShuffleNetV1(widths, classes, channels=channels)
        case declared.ShuffleNetV2(widths=widths, last=last):
            return ShuffleNetV2(widths, classes, last=last, channels=channels)
        case declared.MatchWideResNet(units=units, skeleton=skeleton, dropout=dropout):
            return MatchWideResNet(
                units,
                model.widths,
                skeleton.transitions,
                classes,
                stem_channels=skeleton.stem_channels,
                channels=channels,
                dropout=dropout,
            )
        case declared.MatchDenseNet(units=units, skeleton=skeleton):
            return MatchDenseNet(
                units,
                model.growth,
                model.inputs,
                skeleton.transitions,
                classes,
                stem_channels=skeleton.stem_channels,
                channels=channels,
            )
        case declared.MatchPreResNet(units=units, skeleton=skeleton):
            return MatchPreResNet(
                units,
                model.inner,
                skeleton.transitions,
                classes,
                stem_channels=skeleton.stem_channels,
                channels=channels,
            )
        case declared.TorchvisionNetwork():
            # Takes seconds to import, so only for a run that needs it.
            from banc.models.torchvision import torchvision

            return torchvision(model, image)
        case declared.FactoryNetwork():
            return factory(model, image, root)


def build_meta(model: declared.Model, image: ImageShape, root: Path = Path()) -> nn.Module:
    """The same network on the meta device: shapes without numbers, for which nothing is allocated."""
    with meta_parameters() if isinstance(model, declared.UserNetwork) else torch.device("meta"):
        return build(model, image, root)


def tensors_of(network: nn.Module) -> dict[str, TensorKind]:
    """What a file of weights for the network holds: parameters and buffers, without their numbers."""
    return {
        name: TensorKind(str(tensor.dtype).removeprefix("torch."), tuple(tensor.shape))
        for name, tensor in network.state_dict().items()
    }


def count_parameters(network: nn.Module) -> int:
    """Numbers that training could change, frozen ones included; running statistics are not counted."""
    return sum(parameter.numel() for parameter in network.parameters())
