from __future__ import annotations

import re

import pytest
from torchvision import datasets

from banc.config.data import Cifar10, Cifar100, FashionMnist, Mnist, Official, Svhn
from banc.runner.datasets.published import PUBLICATIONS
from banc.stage.files import DATA_ARRAYS

EVERY = sorted(PUBLICATIONS, key=lambda kind: kind.SET)
LENGTH = {"md5": 32, "sha1": 40, "sha256": 64}


def test_every_official_set_is_there() -> None:
    assert set(PUBLICATIONS) == set(Official.__args__)


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.SET)
def test_facts_are_whole(kind: type[Official]) -> None:
    found = PUBLICATIONS[kind]
    assert len(set(found.classes)) == kind.shape.classes
    assert found.arrays is None or len(found.arrays) == len(DATA_ARRAYS)
    for form in found.forms:
        digests = [file.digest for file in form.files]
        assert len(set(digests)) == len(digests)
        for digest in digests:
            algorithm, _, digits = digest.partition(":")
            assert re.fullmatch("[0-9a-f]+", digits)
            assert len(digits) == LENGTH[algorithm]


@pytest.mark.parametrize(
    ("kind", "theirs"), [(Cifar10, datasets.CIFAR10), (Cifar100, datasets.CIFAR100)], ids=["10", "100"]
)
def test_pickles_are_those_that_torchvision_reads(kind: type[Official], theirs: type) -> None:
    (form,) = (form for form in PUBLICATIONS[kind].forms if form.archive == theirs.filename)
    for ours, listed in ((form.train, theirs.train_list), (form.test, theirs.test_list)):
        assert [file.path for file in ours] == [f"{theirs.base_folder}/{name}" for name, _ in listed]
        for file, (_, md5) in zip(ours, listed, strict=True):
            assert file.digest.startswith("sha256:") or file.digest == f"md5:{md5}"


@pytest.mark.parametrize(
    ("kind", "theirs"), [(Mnist, datasets.MNIST), (FashionMnist, datasets.FashionMNIST)], ids=["", "fashion"]
)
def test_files_lie_where_torchvision_puts_them(kind: type[Official], theirs: type) -> None:
    (form,) = PUBLICATIONS[kind].forms
    expected = {f"{theirs.__name__}/raw/{name}" for name, _ in theirs.resources}
    assert {f"{file.path}.gz" for file in form.files} == expected
    (svhn,) = PUBLICATIONS[Svhn].forms
    assert [file.path for file in svhn.files] == [
        datasets.SVHN.split_list[part][1] for part in ("train", "test")
    ]


def test_names_of_classes_are_torchvisions() -> None:
    assert list(PUBLICATIONS[FashionMnist].classes) == datasets.FashionMNIST.classes
