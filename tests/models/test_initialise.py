"""First weights: He's normal distribution, textbook batch normalisation, no bias."""

from __future__ import annotations

import math

import torch
from torch import nn

from banc.models.initialise import initialise
from banc.models.vgg import VGG
from banc.models.wide_resnet import WideResNet


def test_convolutions_have_the_variance_of_their_fan_out() -> None:
    torch.manual_seed(0)
    convolution = nn.Conv2d(64, 256, 3)
    initialise(nn.Sequential(convolution))
    weights = convolution.weight.detach()
    expected = math.sqrt(2 / (256 * 9))
    assert abs(weights.std().item() / expected - 1) < 0.01
    # Normal, not uniform: a uniform variable of that deviation ends at 1.73 of it.
    assert weights.abs().max().item() > 3.5 * expected


def test_norms_and_biases() -> None:
    network = WideResNet(10, 1, 10)
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    assert norms
    assert all(torch.equal(norm.weight, torch.ones_like(norm.weight)) for norm in norms)
    assert not any(norm.bias.any() for norm in norms)
    assert not network.classifier.bias.any()


def test_the_global_seed_decides() -> None:
    def first(seed: int) -> torch.Tensor:
        torch.manual_seed(seed)
        return torch.cat([tensor.flatten() for tensor in WideResNet(10, 1, 10).parameters()])

    assert torch.equal(first(0), first(0))
    assert not torch.equal(first(0), first(1))


def test_vgg_s_biases_and_classifier() -> None:
    torch.manual_seed(0)
    network = VGG((1, 1, 1, 1, 1), 100, width=16)
    assert not any(layer.bias.any() for layer in network.modules() if isinstance(layer, nn.Conv2d))
    assert abs(network.classifier.weight.std().item() / 0.01 - 1) < 0.02
