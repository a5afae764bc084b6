"""Multiply-adds by arithmetic, against what is counted in built networks of many sizes: exactly."""

from __future__ import annotations

import pytest
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
from banc.config.multiply_adds import multiply_adds
from banc.models.build import build_meta
from banc.models.measure import measure

# Odd sides too: pooling drops a row where a stride keeps it.
SIDES = st.integers(4, 37)
IMAGES = st.builds(ImageShape, st.integers(1, 4), SIDES, SIDES, st.integers(2, 120))
UNITS = st.integers(1, 3)
SKELETONS = st.builds(DenseNetBC, st.integers(10, 22), st.integers(2, 40), st.just(True))
RATIOS = st.sampled_from([0.29, 0.5, 0.75, 1, 1.5, 2])
NETWORKS: dict[type, st.SearchStrategy[Model]] = {
    DenseNetBC: st.builds(DenseNetBC, st.integers(10, 28), st.integers(1, 40), st.booleans()),
    WideResNet: st.builds(WideResNet, UNITS.map(lambda n: 6 * n + 4), st.integers(1, 10)),
    PreResNet: st.builds(PreResNet, UNITS.map(lambda n: 9 * n + 2)),
    MatchWideResNet: st.builds(MatchWideResNet, UNITS, RATIOS, SKELETONS),
    MatchDenseNet: st.builds(MatchDenseNet, UNITS, RATIOS, RATIOS, SKELETONS),
    MatchPreResNet: st.builds(MatchPreResNet, UNITS, RATIOS, SKELETONS),
    ResNet: st.builds(ResNet, UNITS.map(lambda n: 6 * n + 2), st.integers(1, 4), st.integers(1, 40)),
    ImageNetResNet: st.builds(ImageNetResNet, st.sampled_from([18, 34, 50]), st.integers(1, 9)),
    VGG: st.builds(VGG, st.sampled_from([8, 11, 13, 16, 19]), st.integers(1, 9)),
    MobileNetV2: st.builds(MobileNetV2, st.sampled_from([0.1, 0.5, 1.0, 1.4])),
    ShuffleNetV1: st.builds(ShuffleNetV1, st.integers(3, 9).map(lambda n: 12 * n)),
    ShuffleNetV2: st.builds(ShuffleNetV2, st.integers(1, 20).map(lambda n: 2 * n), st.integers(1, 40)),
}


@pytest.mark.parametrize("family", NETWORKS)
def test_it_is_the_count_of_the_built_network(family: type) -> None:
    @settings(max_examples=12, deadline=None, derandomize=True)
    @given(model=NETWORKS[family], image=IMAGES)
    def holds(model: Model, image: ImageShape) -> None:
        if model.misfit(image) is None:
            assert multiply_adds(model, image) == measure(build_meta(model, image), image).multiply_adds

    holds()


def test_a_network_of_the_papers() -> None:
    """Wide-ResNet-28-10 on CIFAR: 5.2 G, as papers that compare networks count."""
    assert round((multiply_adds(WideResNet(28, 10), ImageShape(3, 32, 32, 10)) or 0) / 1e9, 1) == 5.2


def test_a_thousand_layers_take_no_time() -> None:
    wide = DenseNetBC(depth=6_000_004, growth=120)
    assert (multiply_adds(wide, ImageShape(3, 32, 32, 100)) or 0) > 10**18


def test_a_network_of_one_s_own_is_not_counted_here() -> None:
    image = ImageShape(3, 32, 32, 10)
    assert multiply_adds(TorchvisionNetwork("resnet18"), image) is None
    assert multiply_adds(FactoryNetwork("a.py", "f", "0" * 64), image) is None
