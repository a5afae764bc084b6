"""Intervals, and how they are told."""

from __future__ import annotations

import math
from collections.abc import Iterator
from operator import attrgetter
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import attrs
import pytest

from banc.config.constraints import Bound, user_fields
from banc.config.custom import Argument
from banc.config.recipe import PRESETS, Recipe
from banc.language.spec import Spec


@pytest.mark.parametrize(
    ("bound", "inside", "outside", "told"),
    [
        (Bound(at_least=1), [1, 1.5, math.inf], [0.99, -1], "at least 1"),
        (Bound(above=0), [1e-300, 7], [0, -1], "above 0"),
        (Bound(at_least=0, below=1), [0, 0.999], [1, -0.1], "at least 0 and below 1"),
        (Bound(above=0, at_most=1), [1, 0.5], [0, 1.1], "above 0 and at most 1"),
        (Bound(at_least=1, at_most=1_000_000), [1, 10**6], [10**6 + 1], "at least 1 and at most 1000000"),
        (Bound(), [-math.inf, 0, math.inf], [], ""),
    ],
    ids=str,
)
def test_a_bound(bound: Bound, inside: list[float], outside: list[float], told: str) -> None:
    assert all(bound.admits(value) for value in inside)
    assert not any(bound.admits(value) for value in outside)
    assert str(bound) == told


def numbers(kind: Any, path: str) -> Iterator[tuple[str, list[Bound]]]:
    """Every number below a type, and its bounds."""
    origin, args = get_origin(kind), get_args(kind)
    if attrs.has(kind):
        hints = get_type_hints(kind, include_extras=True)
        for field in user_fields(kind):
            yield from numbers(hints[field.name], f"{path}.{field.name}")
    elif origin is Annotated:
        if args[0] in (int, float):
            yield path, [note for note in args[1:] if isinstance(note, Bound)]
        else:
            yield from numbers(args[0], path)
    elif kind in (int, float):
        yield path, []
    elif kind != Argument:
        for arg in args:
            if not isinstance(arg, str | int):
                yield from numbers(arg, path)


def test_every_number_has_bounds_on_both_sides() -> None:
    """Of arguments to a person's own function nothing is known. Of published numbers, and of those that a
    sweep gives an objective, the checker knows more.
    """
    vocabulary = dict(numbers(Spec, "spec"))
    open_ = {
        path
        for path, bounds in [*vocabulary.items(), *numbers(Recipe, "recipe")]
        if not any(
            (bound.at_least is not None or bound.above is not None)
            and (bound.at_most is not None or bound.below is not None)
            for bound in bounds
        )
    }
    assert open_ == {"spec.table.published", "spec.table.deviations", "spec.sweeps.objective"}
    assert len(vocabulary) > 30


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_no_bound_is_near_what_papers_do(preset: Recipe) -> None:
    for path, bounds in numbers(Recipe, ""):
        value = attrgetter(path[1:])(preset)
        for bound in bounds:
            if bound.at_most is not None and bound.at_most > 1 and isinstance(value, int):
                assert value * 1000 < bound.at_most, path
