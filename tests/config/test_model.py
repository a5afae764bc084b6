"""Networks as declared: the arithmetic of their names, and why one cannot be built."""

from __future__ import annotations

import pytest

from banc.config.converter import new_converter
from banc.config.image import ImageShape
from banc.config.matched import part
from banc.config.model import (
    VGG,
    DenseNetBC,
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
    WideResNet,
)

IMAGE = ImageShape(channels=3, height=32, width=32, classes=100)
TEACHER = DenseNetBC(90, 60, third_transition=True)


def test_the_papers_skeleton() -> None:
    """120 -> 960 -> 480 -> 1320 -> 660 -> 1500 -> 750."""
    assert (TEACHER.stem_channels, TEACHER.units) == (120, 14)
    assert TEACHER.transitions == (480, 660, 750)
    assert TEACHER.features == 750
    assert DenseNetBC(90, 60).transitions == (480, 660)
    assert DenseNetBC(90, 60).features == 1500


def test_widths_follow_from_the_skeleton() -> None:
    other = DenseNetBC(22, 10, third_transition=True)
    assert other.transitions == (25, 27, 28)
    assert MatchWideResNet(4, 0.5, TEACHER).widths == (240, 330, 375)
    assert MatchWideResNet(4, 2, other).widths == (50, 54, 56)
    assert MatchPreResNet(14, 1, TEACHER).inner == (120, 165, 187)
    assert MatchPreResNet(14, 0.5, TEACHER).inner == (60, 82, 93)
    assert MatchDenseNet(14, 0.75, 1.5, TEACHER).inputs == (90, 360, 495)
    assert MatchDenseNet(3, 0.5, 2, other).inputs == (10, 12, 13)


@pytest.mark.parametrize(
    ("units", "ratio", "growth"),
    [
        (7, 2, 120),
        (14, 1, 30),
        (14, 1.5, 45),
        (14, 2, 60),
        (14, 3, 90),
        (28, 2, 30),
        (42, 2, 20),
        (56, 2, 15),
    ],
)
def test_a_block_grows_in_all_by_half_its_ratio(units: int, ratio: float, growth: int) -> None:
    assert MatchDenseNet(units, 1, ratio, TEACHER).growth == growth


def test_a_part_drops_a_remainder_and_not_a_rounding_error() -> None:
    assert part(0.29, 100) == 29, "0.29 * 100 is 28.999999999999996"
    assert [part(0.25, width) for width in (7, 8, 9)] == [1, 2, 2]


@pytest.mark.parametrize(
    ("model", "fault"),
    [
        (WideResNet(29, 10), "depth 29 is not 6n + 4; the nearest are 28 and 34"),
        (PreResNet(1000), "depth 1000 is not 9n + 2; the nearest are 992 and 1001"),
        (MatchWideResNet(1, 0.001, TEACHER), "ratio 0.001 leaves a layer without channels"),
        (MatchPreResNet(1, 0.005, TEACHER), "ratio 0.005 leaves a layer without channels"),
        (MatchDenseNet(1, 0.001, 2, TEACHER), "input_ratio 0.001 leaves a layer without channels"),
        (ResNet(21), "depth 21 is not 6n + 2; the nearest are 20 and 26"),
        (MobileNetV2(0.05), "width 0.05 leaves a layer without channels"),
        (ShuffleNetV1(24), "width 24 is not a multiple of 12 above 24; the paper's is 240"),
        (ShuffleNetV1(100), "width 100 is not a multiple of 12 above 24; the paper's is 240"),
        (ShuffleNetV2(115), "width 115 is odd: half of the channels of a unit go past it"),
        (MatchDenseNet(900, 1, 1, TEACHER), "growth_ratio 1 leaves a layer without channels"),
        *(
            (model, "its skeleton has no third transition; set `third_transition = true` there")
            for model in (
                MatchWideResNet(1, 1, DenseNetBC(90, 60)),
                MatchDenseNet(7, 1, 2, DenseNetBC(90, 60)),
                MatchPreResNet(14, 1, DenseNetBC(90, 60)),
            )
        ),
    ],
    ids=lambda value: getattr(value, "slug", ""),
)
def test_what_cannot_be_built_says_why(model: Model, fault: str) -> None:
    assert model.misfit(IMAGE) == fault


EVERY = (
    TEACHER,
    WideResNet(28, 10, dropout=0.3),
    PreResNet(1001),
    MatchWideResNet(4, 0.5, TEACHER),
    MatchDenseNet(14, 0.75, 1.5, TEACHER),
    MatchPreResNet(14, 0.5, TEACHER),
)


@pytest.mark.parametrize("model", EVERY, ids=lambda model: model.slug)
def test_images_must_survive_two_halvings(model: Model) -> None:
    assert model.misfit(ImageShape(1, 4, 4, 2)) is None
    fault = model.misfit(ImageShape(1, 8, 3, 2))
    assert fault == "images of 8x3 are too small to be halved twice; the smallest are 4x4"


@pytest.mark.parametrize(
    ("model", "least"),
    [
        (ResNet(20), 4),
        *(
            (model, 8)
            for model in (ImageNetResNet(50), VGG(8), MobileNetV2(), ShuffleNetV1(), ShuffleNetV2())
        ),
    ],
    ids=lambda value: getattr(value, "slug", ""),
)
def test_images_must_survive_the_halvings_of_a_network(model: Model, least: int) -> None:
    assert model.misfit(ImageShape(1, least, least, 2)) is None
    fault = model.misfit(ImageShape(1, 28, least - 1, 2))
    assert fault == f"images of 28x{least - 1} are too small; the smallest are {least}x{least}"


@pytest.mark.parametrize(
    ("model", "slug"),
    [
        (ResNet(56), "resnet-56"),
        (ResNet(32, 4, 32), "resnet-32x4-stem32"),
        (ImageNetResNet(50), "imagenet-resnet-50"),
        (ImageNetResNet(18, 32), "imagenet-resnet-18-32"),
        (VGG(13), "vgg-13"),
        (VGG(8, 16), "vgg-8-16"),
        (MobileNetV2(), "mobilenet-v2"),
        (MobileNetV2(0.5), "mobilenet-v2-0p5"),
        (ShuffleNetV1(), "shufflenet-v1"),
        (ShuffleNetV1(120), "shufflenet-v1-120"),
        (ShuffleNetV2(), "shufflenet-v2"),
        (ShuffleNetV2(48), "shufflenet-v2-48"),
        (ShuffleNetV2(244, 2048), "shufflenet-v2-244-2048"),
        (ShuffleNetV2(last=512), "shufflenet-v2-116-512"),
    ],
)
def test_slugs_of_networks_of_the_benchmark(model: Model, slug: str) -> None:
    assert model.slug == slug


def test_slugs_fit_an_address() -> None:
    assert [model.slug for model in EVERY] == [
        "densenet-bc-90-60-t3",
        "wide-resnet-28-10",
        "pre-resnet-1001",
        "match-wide-resnet-4-0p5",
        "match-densenet-14-0p75-1p5",
        "match-pre-resnet-14-0p5",
    ]


def test_text_and_back() -> None:
    converter = new_converter()
    for model in EVERY:
        text = converter.unstructure(model, Model)
        assert text["family"] == model.FAMILY
        assert converter.structure(text, Model) == model
    skeleton = converter.unstructure(EVERY[-1], Model)["skeleton"]
    assert skeleton == {"depth": 90, "growth": 60, "third_transition": True}
