"""Addresses: what moves them and what does not."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, get_args, get_origin, get_type_hints

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import banc.config
import banc.stage
from banc.config.data import Cifar100, DataSet, Digits
from banc.config.dropout import Dropout
from banc.config.model import DenseNetBC, MatchWideResNet, Model, WideResNet
from banc.config.objective import OBJECTIVES, Distill, Objective
from banc.config.options import OPTIONS
from banc.config.recipe import PRESETS, Augmentation, Recipe
from banc.stage.address import address, is_address, parameters, revisions, slug, slug_of
from banc.stage.files import inputs
from banc.stage.kinds import Address, Data, Predict, Score, Stage, Table, Train

SLUG = re.compile(r"[a-z][a-z0-9-]*")
RECIPE = PRESETS["wide-resnet"]
DATA = Address("data-cifar100-000000000000")
TEACHER = DenseNetBC(90, 60, third_transition=True)

# Everybody's trained networks are found by these. If one moves, what is identity has changed: every run
# of that kind is trained again, everywhere. CONTRIBUTING.md says when that is right.
GOLDEN = {
    "data-digits-200-fceaddf5daa7": Data(Digits(train=200)),
    "data-cifar100-cf75220b0de7": Data(Cifar100()),
    "train-densenet-bc-90-60-t3-labels-s0-86493318d1d8": Train(
        TEACHER, RECIPE, OBJECTIVES["labels"], 0, DATA
    ),
    "train-match-wide-resnet-4-0p5-ban-l-s1000-fee62bc7c054": Train(
        MatchWideResNet(4, 0.5, TEACHER),
        RECIPE,
        OBJECTIVES["ban-l"],
        1000,
        DATA,
        teacher_outputs=(Address("predict-densenet-bc-90-60-t3-labels-s0-000000000000"),),
        shared_with=Address("train-densenet-bc-90-60-t3-labels-s0-000000000000"),
        share=("classifier", "stem"),
    ),
    "train-wide-resnet-28-10-distill-s7-c177212e062f": Train(
        WideResNet(28, 10, dropout=0.3), PRESETS["densenet"], Distill(temperature=4.0, labels=0.1), 7, DATA
    ),
    "predict-wide-resnet-28-10-labels-s0-ad6cb083a81d": Predict(
        Augmentation(4, True), DATA, Address("train-wide-resnet-28-10-labels-s0-000000000000")
    ),
    "score-wide-resnet-28-10-labels-s0-ens2-1dc91dfbe7a0": Score(
        DATA,
        (
            Address("train-wide-resnet-28-10-labels-s0-000000000000"),
            Address("train-wide-resnet-28-10-labels-s1-000000000000"),
        ),
    ),
    "table-table2": Table("table2", ()),
}


@pytest.mark.parametrize("expected", GOLDEN)
def test_addresses_stay(expected: str) -> None:
    assert address(GOLDEN[expected]) == expected


def test_an_address_is_kind_slug_and_digest(street: dict[str, Stage]) -> None:
    for name, stage in street.items():
        where = address(stage)
        assert is_address(where)
        if name == "table":
            assert where == "table-small"
            continue
        kind, middle, digest = re.fullmatch(r"([a-z]+)-(.*)-([0-9a-f]{12})", where).groups()  # type: ignore[union-attr]
        assert (kind, middle) == (stage.KIND, slug(stage))
        assert slug_of(where) == middle
        assert digest.strip("0123456789abcdef") == ""


# What is identity.


def other(value: Any, hint: Any) -> Iterator[Any]:
    """Values of the same type that mean something else, one for each field below."""
    origin, args = get_origin(hint), get_args(hint)
    match value:
        case None:
            yield Address("train-other-000000000000") if Address in args else 1
        case bool():
            yield not value
        case int():
            yield value + 1
        case float():
            yield value + 0.125
        case str() if origin is Literal:
            yield next(word for word in args if word != value)
        case str() if Address in (hint, *args):
            yield Address(value[:-1] + ("1" if value.endswith("0") else "0"))
        case str():
            yield f"{value}x"
        case tuple():
            yield (*value, value[0] if value else Address("predict-other-000000000000"))
            yield from [value[:-1]] if len(value) > 1 else []
        case Mapping():
            yield {**value, "other": 1}
        case _:
            for name, changed in changes(value):
                yield attrs.evolve(value, **{name: changed})


def changes(value: Any) -> Iterator[tuple[str, Any]]:
    hints = get_type_hints(type(value))
    for field in attrs.fields(type(value)):
        for changed in other(getattr(value, field.name), hints[field.name]):
            yield field.name, changed


def leaves(value: Any) -> int:
    if isinstance(value, tuple):
        return 2 if len(value) > 1 else 1
    return (
        sum(leaves(getattr(value, field.name)) for field in attrs.fields(type(value)))
        if attrs.has(type(value))
        else 1
    )


@pytest.mark.parametrize("name", ["data", "teacher", "outputs", "student", "alone", "pair"])
def test_every_field_is_identity(street: dict[str, Stage], name: str) -> None:
    stage = street[name]
    changed = [attrs.evolve(stage, **{field: value}) for field, value in changes(stage)]
    assert len(changed) == leaves(stage)
    found = {address(variant) for variant in (stage, *changed)}
    assert len(found) == len(changed) + 1, "all of them differ, from the stage and from each other"


@given(st.data())
def test_every_field_of_every_item_is_identity(
    strategy: Callable[[Any], st.SearchStrategy[Any]], data: st.DataObject
) -> None:
    model, objective = data.draw(strategy(Model)), data.draw(strategy(Objective))
    base = Train(model, RECIPE, objective, 0, DATA)
    changed = [attrs.evolve(base, **{field: value}) for field, value in changes(base)]
    assert len({address(variant) for variant in (base, *changed)}) >= len(changed)
    assert address(base) not in {address(variant) for variant in changed if variant != base}


@given(st.data())
def test_two_stages_have_one_address_only_if_they_are_one(
    stages: st.SearchStrategy[Stage], data: st.DataObject
) -> None:
    one, two = data.draw(stages), data.draw(stages)
    if not isinstance(one, Table):
        assert (address(one) == address(two)) == (parameters(one) == parameters(two))


def test_a_field_at_its_default_is_left_out(street: dict[str, Stage]) -> None:
    teacher = parameters(street["teacher"])
    assert set(teacher) == {"kind", "model", "recipe", "objective", "seed", "data"}
    assert teacher["model"] == {"family": "densenet-bc", "depth": 16, "growth": 8}
    assert "precision" not in teacher["recipe"]
    assert teacher["objective"] == {"kind": "labels"}
    assert parameters(Data(Digits()))["source"] == {"set": "digits"}


# Revisions.


def test_revisions_are_those_of_every_item_inside() -> None:
    stage = Train(MatchWideResNet(1, 1, TEACHER), RECIPE, OBJECTIVES["ban"], 0, DATA)
    assert set(revisions(stage)) == {"Train", "MatchWideResNet", "DenseNetBC", "Recipe", "Distill"}


def test_a_revision_of_dropout_counts_where_a_network_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def trained(dropout: float) -> Train:
        return Train(WideResNet(10, 1, dropout), RECIPE, OBJECTIVES["labels"], 0, DATA)

    assert "Dropout" not in revisions(trained(0.0))
    assert revisions(trained(0.3))["Dropout"] == Dropout.REVISION
    without, dropping = address(trained(0.0)), address(trained(0.3))
    monkeypatch.setattr(Dropout, "REVISION", 99)
    assert address(trained(0.0)) == without
    assert address(trained(0.3)) != dropping


@pytest.mark.parametrize(
    ("item", "moved"),
    [
        (Digits, {"data", "teacher", "outputs", "student", "alone", "pair"}),
        (DenseNetBC, {"teacher", "outputs", "student", "alone", "pair"}),
        (WideResNet, {"student", "pair"}),
        (Distill, {"student", "pair"}),
        (Predict, {"outputs", "student", "pair"}),
        (Score, {"alone", "pair"}),
        (MatchWideResNet, set()),
        (Cifar100, set()),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_revision_moves_its_users_and_what_is_below(
    street: dict[str, Stage], monkeypatch: pytest.MonkeyPatch, item: type, moved: set[str]
) -> None:
    before = {name: address(stage) for name, stage in street.items()}
    monkeypatch.setattr(item, "REVISION", 99)
    after = dict(before)
    # From top to bottom, as the compiler does: a stage below is told the new addresses.
    renamed: dict[Any, Any] = {}
    for name, stage in street.items():
        after[name] = address(readdressed(stage, renamed))
        renamed[before[name]] = after[name]
    assert {name for name in street if after[name] != before[name]} == moved


def readdressed(stage: Stage, renamed: Mapping[Any, Any]) -> Stage:
    changed: dict[str, Any] = {}
    for role in inputs(stage):
        value = getattr(stage, role)
        several = tuple(renamed.get(item, item) for item in value) if isinstance(value, tuple) else None
        changed[role] = renamed.get(value, value) if several is None else several
    return attrs.evolve(stage, **changed)


ITEMS = (
    *get_args(Model),
    *get_args(DataSet),
    *get_args(Objective),
    *get_args(Stage),
    Recipe,
    Dropout,
    *OPTIONS,
)


def test_every_item_of_the_vocabulary_has_a_revision_and_a_tag() -> None:
    modules = [
        importlib.import_module(name.name)
        for package in (banc.config, banc.stage)
        for name in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
    ]
    revised = {
        cls
        for module in modules
        for cls in vars(module).values()
        if isinstance(cls, type) and (hasattr(cls, "REVISION") or hasattr(cls, "TAG"))
    }
    assert revised == set(ITEMS)
    for cls in ITEMS:
        assert isinstance(cls.REVISION, int), cls
        assert isinstance(cls.TAG, str), cls
        assert {"REVISION", "TAG"} <= vars(cls).keys(), "its own, not one that it inherits"
    assert len({cls.TAG for cls in ITEMS}) == len(ITEMS)


@pytest.fixture
def renamed() -> Iterator[None]:
    """Every class of the vocabulary under another name."""
    before = [(cls, cls.__name__) for cls in (*ITEMS, Augmentation)]
    for number, (cls, _) in enumerate(before):
        cls.__name__ = f"Renamed{number}"
    yield
    for cls, name in before:
        cls.__name__ = name


@pytest.mark.usefixtures("renamed")
def test_no_name_of_a_class_is_identity() -> None:
    assert DenseNetBC.__name__.startswith("Renamed")
    for expected, stage in GOLDEN.items():
        assert address(stage) == expected


# Slugs.


@given(st.data())
def test_slugs_are_lower_case_and_begin_with_a_letter(
    strategy: Callable[[Any], st.SearchStrategy[Any]], data: st.DataObject
) -> None:
    for union in (Model, DataSet, Objective):
        item = data.draw(strategy(union))
        assert SLUG.fullmatch(item.slug), item
        assert "--" not in item.slug


@given(st.data())
def test_every_stage_has_a_legal_address(stages: st.SearchStrategy[Stage], data: st.DataObject) -> None:
    stage = data.draw(stages)
    if isinstance(stage, Table):
        return  # its name is checked by the language
    where = address(stage)
    assert is_address(where)
    assert SLUG.fullmatch(where)
    assert slug_of(where) == slug(stage)


@pytest.mark.parametrize(
    "text",
    [
        "train",
        "train-a-b",
        "train-a-00000000000",
        "train-A-000000000000",
        "train--000000000000x",
        "../train-a-000000000000",
        "train-a-000000000000/..",
        "train-a-000000000000\n",
        "table-",
        "table-A",
        "run-a-000000000000",
        "",
    ],
)
def test_what_is_no_address(text: str) -> None:
    assert not is_address(text)
