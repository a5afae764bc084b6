from __future__ import annotations

import pytest
import torch

from banc.config.data import Digits
from banc.config.model import WideResNet
from banc.models.build import build
from banc.runner.training import infer as module
from banc.runner.training.image_set import ImageSet
from banc.runner.training.infer import infer


@pytest.fixture
def images() -> ImageSet:
    pixels = torch.randint(0, 256, (20, 1, 8, 8), dtype=torch.uint8)
    return ImageSet(pixels, Digits.shape, torch.tensor([0.3]), torch.tensor([0.4]), torch.channels_last)


def test_looking_does_not_change_the_network(images: ImageSet) -> None:
    network = build(WideResNet(10, 1, dropout=0.5), Digits.shape).train()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    first = infer(network, images.images, images, "float32")
    assert torch.equal(first, infer(network, images.images, images, "float32"))
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())
    assert not first.requires_grad


def test_batches_are_put_together_in_order(images: ImageSet, monkeypatch: pytest.MonkeyPatch) -> None:
    network = build(WideResNet(10, 1), Digits.shape)
    whole = infer(network, images.images, images, "float32")
    monkeypatch.setattr(module, "BATCH", 7)
    assert torch.allclose(whole, infer(network, images.images, images, "float32"), atol=1e-5)


def test_bfloat16_is_handed_out_as_float32(images: ImageSet) -> None:
    network = build(WideResNet(10, 1), Digits.shape)
    rounded = infer(network, images.images, images, "bfloat16")
    assert rounded.dtype == torch.float32
    assert not torch.equal(rounded, infer(network, images.images, images, "float32"))
