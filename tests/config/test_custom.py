"""Networks of a person's own: what they are called, and that their code is part of what they are."""

from __future__ import annotations

from traceback import format_exception

import attrs
import pytest

from banc.config.converter import Rejected, new_converter
from banc.config.custom import FactoryNetwork, TorchvisionNetwork
from banc.config.image import ImageShape
from banc.config.model import Model
from banc.config.objective import Labels
from banc.config.recipe import PRESETS
from banc.config.slug import slug_of
from banc.stage.address import address, is_address, parameters
from banc.stage.kinds import Address, Train

COLOUR = ImageShape(channels=3, height=32, width=32, classes=100)
GREY = ImageShape(channels=1, height=28, width=28, classes=10)
MINE = FactoryNetwork("networks/mine.py", "make", digest="ab" * 32)
CONVERTER = new_converter()


def stage(model: Model) -> Train:
    return Train(model, PRESETS["wide-resnet"], Labels(), seed=0, data=Address("data-x-000000000000"))


@pytest.mark.parametrize(
    ("model", "slug"),
    [
        (TorchvisionNetwork("efficientnet_v2_s"), "torchvision-efficientnet-v2-s"),
        (MINE, "factory-mine-make"),
        (FactoryNetwork("a/b/My_Net.v2.py", "Make", digest=""), "factory-my-net-v2-make"),
        (FactoryNetwork("netz/größe.py", "_", digest=""), "factory-gr-e"),
    ],
)
def test_slugs_fit_an_address(model: Model, slug: str) -> None:
    assert model.slug == slug
    assert is_address(address(stage(model)))


def test_a_slug_fits_the_name_of_a_file() -> None:
    long = FactoryNetwork("networks/" + "n" * 200 + ".py", "f" * 200, digest="")
    assert len(long.slug) == 100
    # With the longest of what stands around it, and what a temporary file has more.
    assert len(address(stage(long))) < 200
    assert is_address(address(stage(long)))
    assert slug_of("a" * 99, "b") == "a" * 99, "no slug ends with a hyphen"


@pytest.mark.parametrize(
    "other",
    [
        attrs.evolve(MINE, digest="cd" * 32),
        attrs.evolve(MINE, function="other"),
        attrs.evolve(MINE, file="networks/other.py"),
        attrs.evolve(MINE, arguments={"width": 64}),
    ],
)
def test_whatever_is_said_of_a_file_is_what_the_network_is(other: FactoryNetwork) -> None:
    assert address(stage(other)) != address(stage(MINE))


def test_the_name_in_torchvision_is_what_the_network_is() -> None:
    names = ("resnet18", "resnet34", "resnet50")
    assert len({address(stage(TorchvisionNetwork(name))) for name in names}) == 3


def test_arguments_count_as_they_are_written_and_not_in_which_order() -> None:
    def of(**arguments: object) -> str:
        table = {"family": "torchvision", "name": "resnet18", "arguments": arguments}
        return address(stage(CONVERTER.structure(table, Model)))  # type: ignore[arg-type]

    assert of(a=1, b=2) == of(b=2, a=1)
    assert len({of(a=1), of(a=1.0), of(a=True), of(a="1"), of(a=[1]), of(a=[1, 1]), of()}) == 7


def test_text_and_back() -> None:
    arguments = {"width": 64, "rate": 0.5, "wide": True, "kind": "a", "sizes": (1, 2), "names": ("a", "b")}
    for model in (MINE, attrs.evolve(MINE, arguments=arguments), TorchvisionNetwork("vgg11", arguments)):
        text = CONVERTER.unstructure(model, Model)
        assert text["family"] == model.FAMILY
        assert CONVERTER.structure(text, Model) == model  # type: ignore[arg-type]
    assert "arguments" not in parameters(stage(MINE))["model"], "what is not said moves no address"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"a": 1}, "a table"),
        ([[1]], "an array"),
        (float("nan"), "nan"),
        ([1.0, float("inf")], "inf"),
        (None, "None"),
    ],
    ids=["table", "nested", "nan", "inf", "none"],
)
def test_other_arguments_are_refused(value: object, found: str) -> None:
    table = {"family": "torchvision", "name": "resnet18", "arguments": {"a": value}}
    with pytest.raises(ExceptionGroup) as caught:
        CONVERTER.structure(table, Model)  # type: ignore[arg-type]
    reasons = caught.value.subgroup(Rejected)
    assert reasons is not None and f"found {found}" in "".join(format_exception(reasons))


def test_what_cannot_be_built_says_why() -> None:
    resnet = TorchvisionNetwork("resnet18")
    assert resnet.misfit(COLOUR) is None
    assert resnet.misfit(GREY) == "torchvision's networks read 3 channels; these images have 1"
    assert TorchvisionNetwork("resnet18", {"num_classes": 3}).misfit(COLOUR) == (
        "banc passes the argument `num_classes` itself"
    )
    assert MINE.misfit(GREY) is None
    assert attrs.evolve(MINE, arguments={"width": 64}).misfit(GREY) == (
        "banc passes the argument `width` itself"
    )


@pytest.mark.parametrize("model", [MINE, TorchvisionNetwork("resnet18")])
def test_which_layers_are_first_and_last_is_not_known(model: Model) -> None:
    assert model.stem_channels is None
    assert model.features is None
