"""Networks of the distillation benchmark against torchvision's parts, put together as the benchmark does.

Both have the same weights and statistics, drawn at random, and give the same logits, in training too.
ShuffleNet is not in torchvision: ``test_shufflenet_v1.py``.
"""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torchvision.models import MobileNetV2, ShuffleNetV2, resnet18, resnet50
from torchvision.models.mobilenetv2 import InvertedResidual
from torchvision.models.resnet import BasicBlock
from torchvision.models.vgg import make_layers

from banc.config import model as declared
from banc.config.image import ImageShape
from banc.models.build import build

IMAGE = ImageShape(channels=3, height=32, width=32, classes=7)


def projection(channels: int, out: int, stride: int) -> nn.Sequential | None:
    if channels == out and stride == 1:
        return None
    return nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))


def stem(channels: int) -> list[nn.Module]:
    return [nn.Conv2d(3, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels), nn.ReLU()]


def head(features: int) -> list[nn.Module]:
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(features, 7)]


def resnet8x4() -> nn.Module:
    blocks, channels = [], 32
    for out, stride in ((64, 1), (128, 2), (256, 2)):
        blocks.append(BasicBlock(channels, out, stride, projection(channels, out, stride)))
        channels = out
    return nn.Sequential(*stem(32), *blocks, *head(256))


def imagenet(network: nn.Module) -> nn.Module:
    """With the stem for small images."""
    network.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
    network.maxpool = nn.Identity()
    return network


def vgg13() -> nn.Module:
    plan = [64, 64, "M", 128, 128, "M", 256, 256, "M", 512, 512, 512, 512]
    return nn.Sequential(make_layers(plan, batch_norm=True), *head(512))


def mobilenet() -> nn.Module:
    """Torchvision has no 1x1 convolution where the expansion is 1; a little more than 1 is rounded to it."""
    groups = [[1.001, 16, 1, 1], [6, 24, 2, 1], [6, 32, 3, 2], [6, 64, 4, 2]]
    groups += [[6, 96, 3, 1], [6, 160, 3, 2], [6, 320, 1, 1]]
    network = MobileNetV2(7, 0.5, groups, round_nearest=1, dropout=0)
    for block in network.modules():
        for name, part in block.named_children():
            if isinstance(part, nn.ReLU6):
                setattr(block, name, nn.ReLU())
    assert sum(isinstance(part, InvertedResidual) for part in network.modules()) == 17
    return network


def shufflenet() -> nn.Module:
    network = ShuffleNetV2([4, 8, 4], [24, 116, 232, 464, 1024], 7)
    network.conv1[0] = nn.Conv2d(3, 24, 1, bias=False)
    network.maxpool = nn.Identity()
    return network


PAIRS = [
    (declared.ResNet(8, widening=4, stem=32), resnet8x4),
    (declared.ImageNetResNet(18), lambda: imagenet(resnet18(num_classes=7))),
    (declared.ImageNetResNet(50), lambda: imagenet(resnet50(num_classes=7))),
    (declared.VGG(13), vgg13),
    (declared.MobileNetV2(0.5), mobilenet),
    (declared.ShuffleNetV2(), shufflenet),
]


@pytest.mark.parametrize(("model", "reference"), PAIRS, ids=lambda value: getattr(value, "slug", ""))
def test_logits_are_those_of_torchvision_s_parts(model: declared.Model, reference: object) -> None:
    torch.manual_seed(0)
    ours = build(model, IMAGE)
    with torch.no_grad():
        for name, tensor in ours.state_dict().items():
            if tensor.is_floating_point() and ("norm" in name or ".shortcut.1." in name):
                tensor.uniform_(0.5, 1.5)
    assert callable(reference)
    theirs: nn.Module = reference()
    weights = dict(zip(theirs.state_dict(), ours.state_dict().values(), strict=True))
    theirs.load_state_dict(weights)
    images = torch.randn(3, 3, 32, 32)
    for training in (False, True):
        ours.train(training)
        theirs.train(training)
        with torch.no_grad():
            logits, expected = ours(images), theirs(images)
        assert logits.abs().max() > 0
        torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-5 * expected.abs().max().item())
