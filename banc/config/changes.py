"""A type with every field optional: what a spec changes of a preset or of a group.

``partial`` makes the type, ``merge`` applies a value of it. Nested items are changed field by field,
so that ``augment.pad = 1`` keeps the preset's flip. ``swept`` makes the type that holds several values of
each field.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, TypeVar, cast, get_type_hints

import attrs

from banc.config.constraints import Entries

T = TypeVar("T")


@cache
def partial(cls: type, name: str, **more: Any) -> Any:
    """The frozen attrs type ``name``: the fields of ``cls``, each optional; and ``more``.

    ``more`` maps a field's name to its type; such a field is optional too.
    """
    hints = get_type_hints(cls, include_extras=True)
    fields: dict[str, Any] = {}
    for field in attrs.fields(cls):
        hint = hints[field.name]
        fields[field.name] = partial(hint, f"{hint.__name__}Changes") if attrs.has(hint) else hint
    made = attrs.make_class(
        name,
        {key: attrs.field(default=None, type=hint | None) for key, hint in {**fields, **more}.items()},
        frozen=True,
    )
    made.CHANGES = cls  # type: ignore[attr-defined]
    return made


@cache
def swept(cls: type, name: str) -> Any:
    """The frozen attrs type ``name``: the fields of ``cls``, each with an array of its values, or None."""
    hints = get_type_hints(cls, include_extras=True)
    fields: dict[str, Any] = {}
    for field in attrs.fields(cls):
        hint = hints[field.name]
        several: Any = (
            swept(hint, f"{hint.__name__}Values")
            if attrs.has(hint)
            else Annotated[tuple[hint, ...], Entries()]  # type: ignore[valid-type]
        )
        fields[field.name] = attrs.field(default=None, type=several | None)
    made = attrs.make_class(name, fields, frozen=True)
    made.CHANGES = cls  # type: ignore[attr-defined]
    return made


def merge(base: T, changes: Any) -> T:
    """``base`` with every field that ``changes`` says; ``changes`` may be None."""
    if changes is None:
        return base
    changed = {
        field.name: merge(getattr(base, field.name), value) if hasattr(value, "CHANGES") else value
        for field in attrs.fields(type(changes))
        if (value := getattr(changes, field.name)) is not None and hasattr(base, field.name)
    }
    return attrs.evolve(cast(Any, base), **changed)  # type: ignore[no-any-return]
