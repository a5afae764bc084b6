"""What a spec can say of data, and what is known of it without reading a byte."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from attrs import evolve
from cattrs.errors import ClassValidationError

from banc.config.converter import Rejected, members, new_converter, shorthands
from banc.config.data import (
    Arrays,
    Cifar10,
    Cifar100,
    DataSet,
    Digits,
    FashionMnist,
    Folder,
    Mnist,
    Official,
    Svhn,
    UserData,
    validation_misfit,
)
from banc.stage.address import address, is_address
from banc.stage.kinds import Data

CONVERTER = new_converter()
FOLDER = Folder("data/birds", height=32, width=24, channels=3, classes=5, train=100, test=20)
DATA_ARRAYS = Arrays("data/mine", height=8, width=6, channels=2, classes=3, train=50, test=10)
EVERY = (Digits(), Cifar10(), Cifar100(), Mnist(), FashionMnist(), Svhn(), FOLDER, DATA_ARRAYS)


def structure(value: object) -> Any:
    return CONVERTER.structure(value, DataSet)  # type: ignore[arg-type]


def reason(value: object) -> str:
    with pytest.raises((Rejected, ClassValidationError)) as caught:
        structure(value)
    error: BaseException = caught.value
    while isinstance(error, ExceptionGroup):
        (error,) = error.exceptions
    assert isinstance(error, Rejected)
    return error.message


def test_every_set_is_either_digits_official_or_a_users_own() -> None:
    assert set(get_args(DataSet)) == {Digits, *get_args(Official), *get_args(UserData)}
    assert {type(source) for source in EVERY} == set(get_args(DataSet))


@pytest.mark.parametrize("source", EVERY, ids=lambda source: source.SET)
def test_text_and_back(source: DataSet) -> None:
    assert structure(CONVERTER.unstructure(source, DataSet)) == source


@pytest.mark.parametrize("source", EVERY, ids=lambda source: source.SET)
def test_every_set_knows_its_shape_and_sizes(source: DataSet) -> None:
    assert source.shape.classes >= 2
    assert min(source.shape.channels, source.shape.height, source.shape.width, *source.sizes) >= 1
    assert type(source).REVISION >= 1


def test_shapes_of_a_users_own_are_what_the_spec_says() -> None:
    for source in (FOLDER, DATA_ARRAYS):
        shape = source.shape
        assert (shape.channels, shape.height, shape.width, shape.classes) == (
            source.channels,
            source.height,
            source.width,
            source.classes,
        )
        assert source.sizes == (source.train, source.test)


# Runs are found again by these. A change here is a change of what was run.
@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (Digits(), "data-digits-2bba579fff42"),
        (Digits(train=200), "data-digits-200-fceaddf5daa7"),
        (Cifar10(), "data-cifar10-925b31a0437e"),
        (Cifar100(), "data-cifar100-cf75220b0de7"),
        (Mnist(), "data-mnist-f9904cecf32c"),
        (FashionMnist(), "data-fashion-mnist-b5082e7c7b6d"),
        (Svhn(), "data-svhn-5d5a4184f4db"),
    ],
)
def test_addresses_stay(source: DataSet, expected: str) -> None:
    assert address(Data(source)) == expected


@pytest.mark.parametrize(
    "source",
    [
        *EVERY,
        Cifar100(train=5000),
        Cifar100(test=5000),
        evolve(FOLDER, path="data/Ångström 2"),
        evolve(FOLDER, path="ÆØ"),
        evolve(DATA_ARRAYS, path="data/" + "x" * 200),
        evolve(DATA_ARRAYS, path="data/tables"),
    ],
    ids=lambda source: source.slug,
)
def test_slugs_make_addresses(source: DataSet) -> None:
    where = address(Data(source))
    assert is_address(where)
    assert len(where) < 100
    assert source.slug.startswith(source.SET), "no folder's name looks like another set, or like a group"


def test_what_differs_has_another_address() -> None:
    variants = [
        *EVERY,
        Cifar100(train=5000),
        Cifar100(train=5000, test=5000),
        Cifar100(test=5000),
        Cifar10(train=5000),
        evolve(FOLDER, sha256="0" * 64),
        evolve(FOLDER, sha256="1" * 64),
        evolve(FOLDER, path="other/birds"),
        evolve(DATA_ARRAYS, axes="nchw"),
    ]
    assert len({address(Data(source)) for source in variants}) == len(variants)


def test_a_name_alone_is_a_set_that_needs_no_more() -> None:
    names = shorthands(DataSet)
    assert set(members(DataSet)) - set(names) == {"folder", "arrays"}
    for name, source in names.items():
        assert structure(name) == source
        assert source.slug == name  # type: ignore[attr-defined]
    assert 'a table with `set = "folder"`' in reason("folder")
    assert 'a table with `set = "arrays"`' in reason("arrays")


@pytest.mark.parametrize("name", ["cifar10", "cifar100", "mnist", "fashion-mnist", "svhn"])
def test_a_draw_stays_within_the_set(name: str) -> None:
    whole = structure(name)
    least = whole.shape.classes
    for key, all_of_them in zip(("train", "test"), whole.sizes, strict=True):
        assert structure({"set": name, key: least}).sizes != whole.sizes
        assert structure({"set": name, key: all_of_them}) == whole
        assert reason({"set": name, key: all_of_them + 1}).startswith("expected at least")
        assert reason({"set": name, key: least - 1}).startswith("expected at least")


TABLE = {"set": "folder", **CONVERTER.unstructure(FOLDER)}


@pytest.mark.parametrize("path", ["birds", "data/birds", "data/a b/ü", "data/x.y/z"])
def test_a_path_lies_in_the_workspace(path: str) -> None:
    assert structure({**TABLE, "path": path}).path == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/data/birds",
        "../birds",
        "data/../birds",
        "./birds",
        "data//birds",
        "data/",
        "~/x",
        r"data\x",
        ".git",
    ],
)
def test_another_path_is_refused(path: str) -> None:
    assert reason({**TABLE, "path": path}).startswith("expected a path inside of the workspace")


@pytest.mark.parametrize("digest", ["", "0" * 63, "0" * 65, "A" * 64, "sha256:" + "0" * 64, "0" * 64 + "\n"])
def test_a_digest_is_64_hex_digits(digest: str) -> None:
    assert structure({**TABLE, "sha256": "0f" * 32}).sha256 == "0f" * 32
    assert reason({**TABLE, "sha256": digest}).startswith("expected 64 hex digits")


def test_images_of_two_channels_are_for_arrays_alone() -> None:
    assert "2 is not a choice" in reason({**TABLE, "channels": 2})
    assert structure({"set": "arrays", **CONVERTER.unstructure(DATA_ARRAYS)}).channels == 2


@pytest.mark.parametrize(
    ("source", "slug", "sizes"),
    [
        (Digits(validation=50), "digits-v50", (250, 1497)),
        (Digits(train=200, validation=50), "digits-200-v50", (150, 1597)),
        (Cifar100(validation=5000), "cifar100-v5000", (45_000, 10_000)),
        (Cifar10(train=2000, validation=500), "cifar10-2000-10000-v500", (1500, 10_000)),
        (Arrays("a/mine", 8, 8, 1, 10, 100, 20, validation=10), "arrays-mine-v10", (90, 20)),
    ],
)
def test_what_is_held_out_is_no_training_image(source: DataSet, slug: str, sizes: tuple[int, int]) -> None:
    assert (source.slug, source.sizes) == (slug, sizes)
    assert validation_misfit(source) is None


@pytest.mark.parametrize(
    ("validation", "why"),
    [
        (9, "9 validation images cannot have one of each of the 10 classes"),
        (291, "of 300 training images, 291 held out leave 9 to train on"),
        (400, "of 300 training images, 400 held out leave 0 to train on"),
    ],
)
def test_both_parts_need_every_class(validation: int, why: str) -> None:
    assert validation_misfit(Digits(validation=validation)) == why


def test_a_set_without_a_split_fits() -> None:
    assert validation_misfit(Digits()) is None
