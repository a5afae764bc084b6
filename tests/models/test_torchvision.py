"""torchvision's networks by name: theirs, with our number of classes, untrained."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torchvision

from banc.config.custom import TorchvisionNetwork
from banc.config.image import ImageShape
from banc.models.build import build, build_meta, count_parameters
from banc.models.unusable import Unusable
from banc.models.validation.validate import validate_network

IMAGE = ImageShape(channels=3, height=32, width=32, classes=7)


def test_it_is_the_network_that_torchvision_makes() -> None:
    torch.manual_seed(3)
    ours = build(TorchvisionNetwork("shufflenet_v2_x0_5"), IMAGE).state_dict()
    torch.manual_seed(3)
    theirs = torchvision.models.shufflenet_v2_x0_5(weights=None, num_classes=7).state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_a_published_size() -> None:
    """11,689,512 with 1000 classes, as torchvision's documentation says."""
    image = ImageShape(channels=3, height=224, width=224, classes=1000)
    assert count_parameters(build_meta(TorchvisionNetwork("resnet18"), image)) == 11_689_512


@pytest.mark.parametrize(
    "name", ["resnet81", "fcn_resnet50", "quantized_resnet18", "ResNet", "", "list_models"]
)
def test_other_names_are_told_with_those_that_are(name: str) -> None:
    with pytest.raises(Unusable) as caught:
        build_meta(TorchvisionNetwork(name), IMAGE)
    assert f"has no classification network `{name}`" in caught.value.message
    assert caught.value.key == "name"
    assert "resnet18" in caught.value.legal
    assert not [legal for legal in caught.value.legal if "fcn" in legal or "quantized" in legal]


def test_arguments_reach_it() -> None:
    validate_network(TorchvisionNetwork("vit_b_16", {"image_size": 32}), IMAGE, Path())
    with pytest.raises(Unusable, match=r"torchvision's `resnet18`: TypeError: .*'depth'"):
        validate_network(TorchvisionNetwork("resnet18", {"depth": 3}), IMAGE, Path())


def test_one_that_computes_its_widths_with_tensors() -> None:
    validate_network(TorchvisionNetwork("regnet_x_400mf"), IMAGE, Path())


def test_one_that_is_too_deep_for_the_images() -> None:
    with pytest.raises(Unusable) as caught:
        validate_network(TorchvisionNetwork("alexnet"), IMAGE, Path())
    assert caught.value.message.startswith("`torchvision-alexnet` on images of 32x32: RuntimeError: ")


def test_an_auxiliary_classifier_is_told_how_to_switch_off() -> None:
    with pytest.raises(Unusable, match="gives a GoogLeNetOutputs in training") as caught:
        validate_network(TorchvisionNetwork("googlenet", {"init_weights": False}), IMAGE, Path())
    assert "aux_logits = false" in str(caught.value.hint)
    validate_network(
        TorchvisionNetwork("googlenet", {"init_weights": False, "aux_logits": False}), IMAGE, Path()
    )
