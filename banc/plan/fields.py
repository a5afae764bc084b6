"""How two stages differ, field by field.

In: parameters, as parameter files hold them. Out: changes. A field that holds its default is not in the file,
so its value is taken from the stage that the file makes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

import attrs

from banc.config.converter import Rejected, add_union, new_converter
from banc.digest import Json
from banc.plan.reason import Change
from banc.stage.kinds import Stage

_CONVERTER = new_converter()
add_union(_CONVERTER, Stage, "kind", "KIND")

ROLES: Mapping[str, tuple[str, ...]] = {
    cls.KIND: tuple(field.name for field in attrs.fields(cls) if "Address" in str(field.type))
    for cls in get_args(Stage)
}
"""The fields of each kind that hold addresses."""


def changes(before: Mapping[str, Json], now: Mapping[str, Json]) -> tuple[Change, ...]:
    """The fields that differ, inputs aside, sorted."""
    then, there = dict(leaves(before)), dict(leaves(now))
    differ = [field for field in sorted(then.keys() | there.keys()) if then.get(field) != there.get(field)]
    if not differ:
        return ()
    old, new = _structured(before), _structured(now)
    return tuple(
        Change(
            field,
            then[field] if field in then else _value(old, field),
            there[field] if field in there else _value(new, field),
        )
        for field in differ
    )


def leaves(parameters: Mapping[str, Json], prefix: str = "") -> Iterator[tuple[str, Json]]:
    """Every field with its value, inputs aside, a path each: ``recipe.epochs``."""
    roles = () if prefix else ROLES.get(str(parameters.get("kind")), ())
    for name, value in parameters.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, f"{prefix}{name}.")
        elif name not in roles:
            yield f"{prefix}{name}", value


def reads(parameters: Mapping[str, Json]) -> dict[str, tuple[str, ...]]:
    """The addresses in ``parameters``, by role."""
    differing = {}
    for role in ROLES.get(str(parameters.get("kind")), ()):
        value = parameters.get(role)
        several = value if isinstance(value, list) else [] if value is None else [value]
        differing[role] = tuple(str(item) for item in several)
    return differing


def _structured(parameters: Mapping[str, Json]) -> Any:
    """The stage, or None where this version of banc knows no such one."""
    try:
        return _CONVERTER.structure(parameters, Stage)  # type: ignore[arg-type]
    except (ValueError, TypeError, KeyError, Rejected, ExceptionGroup):
        return None


def _value(stage: Any, field: str) -> Json:
    """What ``field`` is in ``stage``; None if it has no such one."""
    value = stage
    for name in field.split("."):
        value = getattr(value, name, None)
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, bool | int | float | str) else None
