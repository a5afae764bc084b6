"""The points of a sweep: each combination of its values, as what it changes of a lineage, transfer or
control.

In: a sweep as the spec has it. Out: points, the first field outermost. Pure functions, which know
nothing of runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import attrs
from attrs import evolve, frozen

from banc.config.converter import new_converter
from banc.config.custom import Scalar
from banc.config.objective import Objective
from banc.config.recipe import Recipe
from banc.language.positions import KeyPath
from banc.language.spec import Sweep

_CONVERTER = new_converter()

Field = tuple[str, ...]
"""``("objective", "temperature")``, ``("recipe", "augment", "pad")``."""


@frozen
class Point:
    """One combination of values."""

    name: str
    """``T-4``: the sweep's name and the values. The column of a transfer's student; of a lineage's, with the
    generation behind it."""
    values: tuple[tuple[Field, Any], ...]

    @property
    def words(self) -> str:
        """``temperature 4, epochs 30``."""
        return ", ".join(f"{field[-1].replace('_', ' ')} {spelled(value)}" for field, value in self.values)

    def objective(self, base: Objective) -> Objective:
        """``base`` with this point's numbers.

        Raises:
            cattrs' exceptions: a value does not fit. ``language.check_sweeps`` has refused it before.
        """
        changes = {field[1]: value for field, value in self.values if field[0] == "objective"}
        return with_numbers(base, changes) if changes else base

    def recipe(self, base: Recipe) -> Recipe:
        """``base`` with this point's values."""
        for field, value in self.values:
            if field[0] == "recipe":
                base = _set(base, field[1:], value)
        return base


def points(name: str, sweep: Sweep) -> tuple[Point, ...]:
    """Every point of the sweep ``name``."""
    swept = fields(sweep)
    return tuple(
        Point(
            "-".join([name, *map(spelled, values)]),
            tuple(zip((field for field, _ in swept), values, strict=True)),
        )
        for values in product(*(several for _, several in swept))
    )


def fields(sweep: Sweep) -> tuple[tuple[Field, tuple[Any, ...]], ...]:
    """What is swept, with its values: fields of the objective first, then those of the recipe."""
    of_objective = ((("objective", key), values) for key, values in sweep.objective.items())
    of_recipe = _recipe_fields(sweep.recipe, ("recipe",)) if sweep.recipe is not None else ()
    return (*of_objective, *of_recipe)


def path_of(name: str, field: Field) -> KeyPath:
    """Where the spec has the values of a field."""
    return ("sweeps", name, *field)


def with_numbers(base: Objective, changes: Mapping[str, Scalar]) -> Objective:
    """``base`` with other numbers, as if a person had written it so.

    Raises:
        cattrs' exceptions: a value does not fit its field, or there is no such field.
    """
    plain = _CONVERTER.unstructure(base, Objective)
    made: Objective = _CONVERTER.structure({**plain, **changes}, Objective)  # type: ignore[arg-type]
    return made


def spelled(value: Any) -> str:
    """A value as part of a name: ``4``, ``0.5``, ``true``, ``0.3+0.6``."""
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:.12g}"
        case tuple():
            return "+".join(map(spelled, value)) or "none"
        case _:
            return str(value)


def _recipe_fields(changes: Any, path: Field) -> Iterator[tuple[Field, tuple[Any, ...]]]:
    for field in attrs.fields(type(changes)):
        value = getattr(changes, field.name)
        if attrs.has(type(value)):
            yield from _recipe_fields(value, (*path, field.name))
        elif value is not None:
            yield (*path, field.name), value


def _set(base: Any, path: Field, value: Any) -> Any:
    first, *rest = path
    inner = _set(getattr(base, first), tuple(rest), value) if rest else value
    return evolve(base, **{first: inner})
