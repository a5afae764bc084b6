"""Plain values to frozen types and back: strictly, and without loss."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import pytest
from attrs import Factory, frozen
from cattrs.errors import ForbiddenExtraKeysError
from hypothesis import given
from hypothesis import strategies as st

from banc.config.constraints import Bound, Filled, OneOrMore
from banc.config.converter import Rejected, TagRejected, new_converter, spell
from banc.config.data import Cifar100, DataSet, Digits
from banc.config.model import DenseNetBC, Model, WideResNet
from banc.config.objective import OBJECTIVES, Distill, Labels, Objective
from banc.config.recipe import PRESETS, Recipe

CONVERTER = new_converter()


@frozen
class Inner:
    number: Annotated[int, Bound(at_least=1)] = 1


@frozen
class Everything:
    flag: bool
    count: int
    rate: float
    word: str
    kind: Literal["a", "b"]
    names: Annotated[tuple[str, ...], OneOrMore()]
    inner: Inner
    by_name: Mapping[str, Inner] = Factory(dict)
    class_: int | None = None


GOOD: dict[str, Any] = {
    "flag": True,
    "count": 3,
    "rate": 0.5,
    "word": "x",
    "kind": "a",
    "names": ["a", "b"],
    "inner": {"number": 2},
}


def leaves(error: Exception) -> Iterator[Exception]:
    """The single misfits in a group of groups."""
    if isinstance(error, ExceptionGroup):
        for inner in error.exceptions:
            yield from leaves(inner)
    else:
        yield error


def rejected(value: Any, cls: Any) -> Rejected:
    """The one reason for which ``value`` is refused."""
    with pytest.raises((Rejected, ExceptionGroup)) as caught:
        CONVERTER.structure(value, cls)
    (leaf,) = leaves(caught.value)
    assert isinstance(leaf, Rejected)
    return leaf


def test_what_fits_is_taken_as_it_is() -> None:
    made = CONVERTER.structure(GOOD, Everything)
    assert made == Everything(True, 3, 0.5, "x", "a", ("a", "b"), Inner(2))
    assert isinstance(made.names, tuple)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("count", "3", 'expected a whole number, found "3"'),
        ("count", True, "expected a whole number, found true"),
        ("count", 60.0, "expected a whole number, found 60.0"),
        ("count", None, "expected a whole number, found None"),
        ("rate", "0.5", 'expected a number, found "0.5"'),
        ("rate", False, "expected a number, found false"),
        ("flag", 1, "expected true or false, found 1"),
        ("flag", "true", 'expected true or false, found "true"'),
        ("word", 3, "expected a string, found 3"),
        ("word", ["x"], "expected a string, found an array"),
        ("names", 3, "expected a string or an array of strings, found 3"),
        ("names", [1], "expected a string, found 1"),
        ("names", {"a": 1}, "expected a string or an array of strings, found a table"),
        ("inner", 3, "expected a table, found 3"),
        ("inner", [], "expected a table, found an array"),
        ("inner", {"number": "1"}, 'expected a whole number, found "1"'),
        ("by_name", [], "expected a table, found an array"),
        ("by_name", {"x": 1}, "expected a table, found 1"),
        ("class", "1", 'expected a whole number, found "1"'),
    ],
)
def test_nothing_is_coerced(key: str, value: Any, expected: str) -> None:
    error = rejected({**GOOD, key: value}, Everything)
    assert (error.reason, error.message) == ("type", expected)


def test_a_whole_number_may_stand_for_a_fraction() -> None:
    made = CONVERTER.structure({**GOOD, "rate": 1}, Everything)
    assert made.rate == 1.0
    assert type(made.rate) is float


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400])
def test_only_finite_numbers(value: float) -> None:
    error = rejected({**GOOD, "rate": value}, Everything)
    assert error.reason == "range"
    assert error.message.startswith("expected a finite number")


@pytest.mark.parametrize("text", ["", "  ", "\t\n\u2003"])
def test_a_text_holds_more_than_white_space(text: str) -> None:
    assert CONVERTER.structure(" x", Annotated[str, Filled()]) == " x"  # type: ignore[arg-type]
    assert rejected(text, Annotated[str, Filled()]).reason == "empty"
    assert rejected(3, Annotated[str, Filled()]).reason == "type"


def test_bounds_are_kept() -> None:
    error = rejected({**GOOD, "inner": {"number": 0}}, Everything)
    assert (error.reason, error.message) == ("range", "expected at least 1, found 0")


@pytest.mark.parametrize("value", ["c", "A", 1, True, None, ["a"]])
def test_a_choice_is_one_of_its_words(value: Any) -> None:
    error = rejected({**GOOD, "kind": value}, Everything)
    assert (error.reason, error.legal) == ("choice", ("a", "b"))


@pytest.mark.parametrize("value", [2, "1", True, 1.0, None])
def test_a_choice_of_one(value: Any) -> None:
    error = rejected(value, Literal[1])
    assert error.message == f"expected 1, found {spell(value)}"


def test_one_or_more() -> None:
    assert CONVERTER.structure({**GOOD, "names": "a"}, Everything).names == ("a",)
    assert CONVERTER.structure({**GOOD, "names": []}, Everything).names == ()


def test_a_name_that_python_reserves_loses_its_underscore() -> None:
    assert CONVERTER.structure({**GOOD, "class": 7}, Everything).class_ == 7
    with pytest.raises(ExceptionGroup) as caught:
        CONVERTER.structure({**GOOD, "class_": 7}, Everything)
    (error,) = caught.value.exceptions
    assert isinstance(error, ForbiddenExtraKeysError)
    assert error.extra_fields == {"class_"}


def test_all_misfits_are_told_at_once() -> None:
    with pytest.raises(ExceptionGroup) as caught:
        CONVERTER.structure({**GOOD, "count": "3", "flag": 0, "kind": "c", "more": 1}, Everything)
    assert len(caught.value.exceptions) == 4


@pytest.mark.parametrize(
    ("union", "text", "item"),
    [
        (DataSet, "digits", Digits()),
        (DataSet, {"set": "digits"}, Digits()),
        (DataSet, {"set": "digits", "train": 50}, Digits(train=50)),
        (DataSet, "cifar100", Cifar100()),
        (Objective, "ban", OBJECTIVES["ban"]),
        (Objective, {"kind": "labels"}, Labels()),
        (Objective, {"kind": "distill", "temperature": 4}, Distill(temperature=4.0)),
        (Model, {"family": "densenet-bc", "depth": 10, "growth": 2}, DenseNetBC(10, 2)),
    ],
)
def test_a_union_by_its_tag_or_by_name(union: Any, text: Any, item: object) -> None:
    assert CONVERTER.structure(text, union) == item


@pytest.mark.parametrize(
    ("union", "text", "reason", "message"),
    [
        (Model, {"depth": 10}, "missing-tag", "`family` is missing"),
        (Model, "densenet-bc", "type", 'expected a table, found "densenet-bc"'),
        (
            DataSet,
            "folder",
            "type",
            'expected a table with `set = "folder"` and what else it needs, found "folder"',
        ),
        (
            Objective,
            "distill",
            "type",
            'expected a table with `kind = "distill"` and what else it needs, found "distill"',
        ),
        (Model, {"family": "densenet", "depth": 10}, "choice", '"densenet" is not a choice here'),
        (Model, {"family": ["densenet-bc"]}, "choice", "an array is not a choice here"),
        (Model, {"family": True}, "choice", "true is not a choice here"),
        (DataSet, "mnist-1d", "choice", '"mnist-1d" is not a choice here'),
        (DataSet, 3, "type", "expected a string or a table, found 3"),
        (Objective, [], "type", "expected a string or a table, found an array"),
    ],
)
def test_a_union_that_is_none(union: Any, text: Any, reason: str, message: str) -> None:
    error = rejected(text, union)
    assert (error.reason, error.message) == (reason, message)
    assert isinstance(error, TagRejected) == (reason == "choice" and isinstance(text, dict))
    if reason != "type":
        assert error.legal


def test_optional_unions_are_unions() -> None:
    assert CONVERTER.structure("ban", Objective | None) == OBJECTIVES["ban"]  # type: ignore[arg-type]
    assert CONVERTER.unstructure(Labels(), Objective | None) == {"kind": "labels"}


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_there_and_back(preset: Recipe) -> None:
    assert CONVERTER.structure(CONVERTER.unstructure(preset), Recipe) == preset


def test_what_equals_its_default_is_not_written() -> None:
    assert CONVERTER.unstructure(WideResNet(10, 2), Model) == {
        "family": "wide-resnet",
        "depth": 10,
        "widening": 2,
    }
    assert CONVERTER.unstructure(WideResNet(10, 2, dropout=0.3), Model)["dropout"] == 0.3


plain = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.dates()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
tagged = st.dictionaries(
    st.sampled_from(["family", "depth", "growth", "widening", "units", "ratio", "skeleton", "kind", "x"]),
    st.one_of(plain, st.sampled_from(["densenet-bc", "wide-resnet", "match-wide-resnet", "distill"])),
)


@given(st.sampled_from([Model, DataSet, Objective, Recipe, Everything]), st.one_of(plain, tagged))
def test_any_value_is_taken_or_refused_with_a_reason(cls: Any, value: Any) -> None:
    try:
        made = CONVERTER.structure(value, cls)
    except (Rejected, ExceptionGroup) as error:
        misfits = {type(leaf) for leaf in leaves(error)}
        assert misfits
        assert misfits <= {Rejected, TagRejected, ForbiddenExtraKeysError, KeyError}
    else:
        assert CONVERTER.structure(CONVERTER.unstructure(made, cls), cls) == made


def test_a_value_is_spelt_as_in_toml() -> None:
    spelt = {spell(value): value for value in (True, "x", 3, 0.5, [1], {"a": 1})}
    assert set(spelt) == {"true", '"x"', "3", "0.5", "an array", "a table"}
    assert len(spell("x" * 1000)) < 70
