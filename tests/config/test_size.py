"""What is absurd is told without building it; what anybody published is not."""

from __future__ import annotations

import pytest

from banc.config.image import ImageShape
from banc.config.model import (
    VGG,
    DenseNetBC,
    ImageNetResNet,
    MatchDenseNet,
    MatchPreResNet,
    MatchWideResNet,
    Model,
    PreResNet,
    TorchvisionNetwork,
    WideResNet,
)
from banc.config.size import LARGEST, too_large

IMAGE = ImageShape(channels=3, height=32, width=32, classes=100)
LARGE = DenseNetBC(depth=10_000, growth=10_000, third_transition=True)


@pytest.mark.parametrize(
    "model",
    [
        LARGE,
        WideResNet(depth=9994, widening=1000),
        MatchWideResNet(units=1000, ratio=1000.0, skeleton=LARGE),
        MatchDenseNet(units=1000, input_ratio=1000.0, growth_ratio=1000.0, skeleton=LARGE),
        MatchPreResNet(units=1000, ratio=1000.0, skeleton=LARGE),
    ],
    ids=lambda model: str(model.FAMILY),
)
def test_the_largest_legal_numbers_together_are_refused(model: Model) -> None:
    reason = too_large(model, IMAGE)
    assert reason is not None
    assert reason.endswith(" million parameters; the most is 10,000 million")


@pytest.mark.parametrize(
    "model",
    [
        PreResNet(1001),
        ImageNetResNet(152),
        VGG(19),
        WideResNet(40, 20),
        DenseNetBC(190, 40),
        DenseNetBC(80, 200, third_transition=True),
        TorchvisionNetwork("resnet18"),
    ],
    ids=lambda model: str(model.FAMILY),
)
def test_no_network_that_somebody_published_is_refused(model: Model) -> None:
    assert too_large(model, IMAGE) is None
    assert (model.parameters(IMAGE) or 0) < LARGEST / 40
