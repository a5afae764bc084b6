"""Examples; ``tests/laws/test_called.py`` has the laws."""

from __future__ import annotations

import pytest

from banc.config.data import Digits
from banc.config.model import WideResNet
from banc.config.objective import OBJECTIVES
from banc.config.recipe import PRESETS, Augmentation
from banc.stage.address import address
from banc.stage.called import called, spoken
from banc.stage.index import Use
from banc.stage.kinds import Address, Data, Predict, Score, Stage, Train

DATA, OTHER = Data(Digits(train=200)), Data(Digits(train=250))
TEACHER = Address("train-wide-0123456789ab")
ONE = Use("one", "net", "teacher", 0)
TWO = Use("two", "net", "teacher", 0)
FOR = Use("one", "net", "teacher", 0, for_seed=0)


def store(seed: int | None = None, epochs: int = 0, *, pad: int = 1, flip: bool = False) -> Predict:
    views = Augmentation(pad, flip, cutout=0 if seed is None else 4)
    return Predict(views, address(DATA), TEACHER, seed, epochs)


def train(seed: int) -> Train:
    return Train(WideResNet(10, 1), PRESETS["wide-resnet"], OBJECTIVES["labels"], seed, address(DATA))


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        ([(store(), [ONE])], ["net teacher seed 0 outputs"]),
        (
            [(store(), [ONE]), (store(pad=4, flip=True), [ONE])],
            [
                "net teacher seed 0 outputs with pad 1 and no flip",
                "net teacher seed 0 outputs with pad 4 and flip",
            ],
        ),
        (
            [(store(1000, 2), [FOR]), (store(1000, 1), [FOR]), (store(2000, 1), [FOR])],
            [
                "net teacher seed 0 outputs for seed 0 with 2 epochs and training seed 1000",
                "net teacher seed 0 outputs for seed 0 with 1 epoch and training seed 1000",
                "net teacher seed 0 outputs for seed 0 with 1 epoch and training seed 2000",
            ],
        ),
        ([(DATA, [Use("one")]), (OTHER, [Use("two")])], ["data digits-200", "data digits-250"]),
        ([(train(0), [ONE]), (train(1), [TWO])], ["one: net teacher seed 0", "two: net teacher seed 0"]),
        (
            [
                (Score(address(DATA), (TEACHER,)), [ONE]),
                (Score(address(DATA), (TEACHER,), on="validation"), [TWO]),
            ],
            ["net teacher seed 0 score on test images", "net teacher seed 0 score on validation images"],
        ),
    ],
    ids=["alone", "views", "epochs", "data", "specs", "images"],
)
def test_a_name_grows_by_what_tells_its_stage_apart(
    stages: list[tuple[Stage, list[Use]]], expected: list[str]
) -> None:
    names = called({address(stage): (stage, uses) for stage, uses in stages})
    assert [*names.values()] == [(name,) for name in expected]


def test_names_that_read_alike_get_digests() -> None:
    """Names of people may have spaces."""
    one, other = train(0), train(1)
    names = called(
        {address(one): (one, [Use("s", "a b", "c", 0)]), address(other): (other, [Use("s", "a", "b c", 0)])}
    )
    assert names == {
        where: (f"a b c seed 0 {where.rpartition('-')[2]}",) for where in map(address, (one, other))
    }


def test_only_the_names_that_several_have_grow() -> None:
    alias, other = Use("one", "alias", "teacher", 0), Use("three", "net", "teacher", 0)
    names = called({address(train(0)): (train(0), [TWO, ONE, alias]), address(train(1)): (train(1), [other])})
    assert [*names.values()] == [
        ("alias teacher seed 0", "one: net teacher seed 0", "two: net teacher seed 0"),
        ("three: net teacher seed 0",),
    ]


@pytest.mark.parametrize(
    ("names", "said"),
    [((), ""), (("a",), "a"), (("a", "b"), "a; b"), (("a", "b", "c", "d"), "a; b and 2 more")],
)
def test_several_names_are_said_in_short(names: tuple[str, ...], said: str) -> None:
    assert spoken(names) == said
