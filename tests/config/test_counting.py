"""Parameters by arithmetic, against built networks of many sizes.

``tests/models/test_build.py`` holds it for each family's examples and the papers' networks.
"""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from banc.config.image import ImageShape
from banc.config.model import (
    VGG,
    DenseNetBC,
    FactoryNetwork,
    ImageNetResNet,
    MatchDenseNet,
    MatchPreResNet,
    MatchWideResNet,
    MobileNetV2,
    Model,
    PreResNet,
    ResNet,
    ShuffleNetV1,
    ShuffleNetV2,
    TorchvisionNetwork,
    WideResNet,
)
from banc.models.build import build, count_parameters

IMAGES = st.builds(
    ImageShape,
    channels=st.integers(1, 4),
    height=st.just(8),
    width=st.just(8),
    classes=st.integers(2, 120),
)
UNITS = st.integers(1, 4)
DENSE = st.builds(DenseNetBC, st.integers(10, 34), st.integers(1, 40), st.booleans())
SKELETONS = st.builds(DenseNetBC, st.integers(10, 28), st.integers(2, 40), st.just(True))
RATIOS = st.sampled_from([0.29, 0.5, 0.75, 1, 1.5, 2])
NETWORKS: dict[type, st.SearchStrategy[Model]] = {
    DenseNetBC: DENSE,
    # Widening 1 of the first group is the stem's own width: no shortcut is built there.
    WideResNet: st.builds(WideResNet, UNITS.map(lambda n: 6 * n + 4), st.integers(1, 10)),
    PreResNet: st.builds(PreResNet, UNITS.map(lambda n: 9 * n + 2)),
    MatchWideResNet: st.builds(MatchWideResNet, UNITS, RATIOS, SKELETONS),
    MatchDenseNet: st.builds(MatchDenseNet, UNITS, RATIOS, RATIOS, SKELETONS),
    MatchPreResNet: st.builds(MatchPreResNet, UNITS, RATIOS, SKELETONS),
    ResNet: st.builds(ResNet, UNITS.map(lambda n: 6 * n + 2), st.integers(1, 10), st.integers(1, 40)),
    ImageNetResNet: st.builds(ImageNetResNet, st.sampled_from([18, 34, 50, 101, 152]), st.integers(1, 70)),
    VGG: st.builds(VGG, st.sampled_from([8, 11, 13, 16, 19]), st.integers(1, 70)),
    MobileNetV2: st.builds(MobileNetV2, st.sampled_from([0.1, 0.35, 0.5, 0.75, 1.0, 1.4])),
    ShuffleNetV1: st.builds(ShuffleNetV1, st.integers(1, 40)),
    ShuffleNetV2: st.builds(ShuffleNetV2, st.integers(1, 130), st.integers(1, 1024)),
}


@pytest.mark.parametrize("family", NETWORKS)
def test_it_is_the_count_of_the_built_network(family: type) -> None:
    @settings(max_examples=40, deadline=None, derandomize=True)
    @given(model=NETWORKS[family], image=IMAGES)
    def holds(model: Model, image: ImageShape) -> None:
        if model.misfit(image) is None:
            with torch.device("meta"):
                assert model.parameters(image) == count_parameters(build(model, image))

    holds()


def test_a_thousand_layers_take_no_time() -> None:
    wide = DenseNetBC(depth=6_000_004, growth=120)
    assert wide.parameters(ImageShape(3, 32, 32, 100)) > 10**15


def test_a_network_of_one_s_own_is_not_counted_here() -> None:
    image = ImageShape(3, 32, 32, 10)
    assert TorchvisionNetwork("resnet18").parameters(image) is None
    assert FactoryNetwork("a.py", "f", "0" * 64).parameters(image) is None
