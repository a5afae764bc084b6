"""Stages by hand, and stages that hypothesis makes up from the types of their fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs
import pytest
from hypothesis import strategies as st

from banc.config.constraints import Bound, Pattern
from banc.config.data import Digits
from banc.config.model import DenseNetBC, WideResNet
from banc.config.objective import OBJECTIVES
from banc.config.recipe import PRESETS
from banc.stage.address import address
from banc.stage.kinds import Address, Data, Predict, Score, Stage, Table, Train

addresses = st.from_regex(r"(data|train|predict|score)-[a-z][a-z0-9]{0,5}-[0-9a-f]{12}", fullmatch=True)


@cache
def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Any value that a field of this type may have."""
    if kind is Address:
        return addresses
    if attrs.has(kind):
        hints = get_type_hints(kind, include_extras=True)
        return st.builds(kind, **{field.name: values_of(hints[field.name]) for field in attrs.fields(kind)})
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return st.one_of(*map(values_of, args))
    if origin is Literal:
        return st.sampled_from(args)
    if origin is tuple:
        return st.lists(values_of(args[0]), max_size=3).map(tuple)
    if origin is Mapping or origin is get_origin(Mapping[str, int]):
        return st.dictionaries(st.text(max_size=3), values_of(args[1]), max_size=2)
    if origin is Annotated:
        return annotated(args[0], args[1:])
    return {
        bool: st.booleans(),
        int: st.integers(0, 10**6),
        float: st.floats(allow_nan=False, allow_infinity=False),
        str: st.text(st.characters(codec="utf-8"), max_size=5),
        NoneType: st.none(),
    }[kind]


def annotated(kind: Any, notes: tuple[object, ...]) -> st.SearchStrategy[Any]:
    for note in notes:
        match note:
            case Pattern():
                return st.from_regex(note.regex, fullmatch=True).filter(str.isprintable)
            case Bound() if kind is int:
                low = note.at_least if note.at_least is not None else 0
                return st.integers(int(low), int(note.at_most or note.below or low + 1000)).filter(
                    note.admits
                )
            case Bound() if kind is float:
                low, high = note.at_least or note.above or 0.0, note.at_most or note.below or 1e6
                return st.floats(low, high).filter(note.admits)
    return values_of(kind)


@pytest.fixture(scope="session")
def stages() -> st.SearchStrategy[Stage]:
    """Any stage but an ensemble of nothing, which the language refuses."""
    return st.one_of(*map(values_of, get_args(Stage))).filter(
        lambda stage: not isinstance(stage, Score) or bool(stage.members)
    )


@pytest.fixture(scope="session")
def strategy() -> Callable[[Any], st.SearchStrategy[Any]]:
    return values_of


@pytest.fixture
def street() -> dict[str, Stage]:
    """A teacher, a student of another family, and what stands between and below."""
    data = Data(Digits(train=200))
    recipe = attrs.evolve(PRESETS["wide-resnet"], epochs=4)
    where = address(data)
    teacher = Train(DenseNetBC(16, 8), recipe, OBJECTIVES["labels"], 0, where)
    outputs = Predict(recipe.augment, where, address(teacher))
    student = Train(
        WideResNet(10, 1),
        recipe,
        OBJECTIVES["ban-l"],
        1000,
        where,
        teacher_outputs=(address(outputs),),
        shared_with=address(teacher),
        share=("stem",),
        share_frozen=False,
    )
    alone = Score(where, (address(teacher),))
    pair = Score(where, (address(student), address(teacher)))
    return {
        "data": data,
        "teacher": teacher,
        "outputs": outputs,
        "student": student,
        "alone": alone,
        "pair": pair,
        "table": Table("small", tuple(sorted([address(alone), address(pair)]))),
    }
