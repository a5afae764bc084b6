"""Names with dots that were written without quotes: `WRN-10-0.5` is the key `5` in the table `WRN-10-0`.

In: a ``Source``. Out: its values without such names, and a fault for each, with the name in quotes. The names
of the papers' networks have dots, so this is a slip that everybody makes once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from attrs import evolve

from banc.language.codes import Code
from banc.language.fault import Fault
from banc.language.positions import KeyPath
from banc.language.source import Source

# What tells an item of a table of names from a table around it.
_ITEMS: dict[tuple[str, ...], Callable[[Any], bool]] = {
    ("models",): lambda value: isinstance(value, Mapping) and isinstance(value.get("family"), str),
    ("lineages",): lambda value: (
        isinstance(value, Mapping) and not {"models", "generations"}.isdisjoint(value)
    ),
    ("transfers",): lambda value: (
        isinstance(value, Mapping) and not {"teacher", "students"}.isdisjoint(value)
    ),
    ("controls",): lambda value: isinstance(value, Mapping) and "models" in value,
    ("pairs",): lambda value: isinstance(value, Mapping) and not {"teacher", "student"}.isdisjoint(value),
    ("sweeps",): lambda value: isinstance(value, Mapping) and "of" in value,
    ("pretrained",): lambda value: (
        isinstance(value, Mapping) and not {"model", "file", "sha256"}.isdisjoint(value)
    ),
    ("ensembles",): lambda value: isinstance(value, Mapping) and not {"of", "members"}.isdisjoint(value),
    ("table", "labels"): lambda value: isinstance(value, str),
    ("table", "groups"): lambda value: isinstance(value, str | list),
    ("table", "cells"): lambda value: (
        isinstance(value, Mapping) and any(isinstance(item, str) for item in value.values())
    ),
    ("table", "quantities"): lambda value: (
        isinstance(value, Mapping) and not {"of", "show"}.isdisjoint(value)
    ),
    ("table", "published"): lambda value: (
        isinstance(value, Mapping) and any(isinstance(item, int | float) for item in value.values())
    ),
    ("table", "deviations"): lambda value: (
        isinstance(value, Mapping) and any(isinstance(item, int | float) for item in value.values())
    ),
}

_BY_ROW = {"cells", "published", "deviations"}
"""Tables whose keys are rows: models and pairs."""

_KEYS = {"except", "recipe", "objective", "arguments"}
"""Keys of items that hold tables themselves."""


def whole_names(source: Source) -> tuple[dict[str, Any], list[Fault]]:
    """The values without names that dots tore apart; and a fault for each of these."""
    values, faults = source.values, list[Fault]()
    for group, is_item in _ITEMS.items():
        named = _at(values, group)
        rows = {*_at(values, ("models",)), *_at(values, ("pairs",))} if group[-1] in _BY_ROW else set[str]()
        torn = {
            name: tails
            for name, value in named.items()
            # A row's name is whole, whatever stands below it.
            if not is_item(value) and name not in rows and (tails := list(_tails(value, is_item)))
        }
        for name, tails in torn.items():
            for tail in tails:
                whole, header = ".".join([name, *tail]), ".".join(group)
                message = (
                    f"the name `{whole}` has a dot and needs quotes: "
                    + (f'`"{whole}" = ...`' if is_item("") else f'`"{whole}" = {{ ... }}`')
                    + f" below `[{header}]`"
                    + ("" if is_item("") else f', or `[{header}."{whole}"]`')
                )
                fault = source.fault(Code.DOTTED_NAME, (*group, name, *tail), message, at_key=True)
                faults.append(_widened(fault, whole))
        if torn:
            values = _with(values, group, {key: value for key, value in named.items() if key not in torn})
    return values, faults


def _widened(fault: Fault, name: str) -> Fault:
    """The fault at all of the name instead of what stands after its last dot."""
    start = fault.line_text.rfind(name, 0, fault.span.end - 1)
    return fault if start < 0 else evolve(fault, span=evolve(fault.span, column=start + 1))


def _at(values: Mapping[str, Any], path: KeyPath) -> Mapping[str, Any]:
    """The table at ``path``; an empty one where there is none."""
    value: Any = values
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _with(values: Mapping[str, Any], path: KeyPath, table: Mapping[str, Any]) -> dict[str, Any]:
    first, *rest = path
    inner = _with(values[str(first)], tuple(rest), table) if rest else table
    return {**values, str(first): inner}


def _tails(value: object, is_item: Callable[[Any], bool]) -> Iterator[tuple[str, ...]]:
    """The keys that lead from a torn name to the items of that name."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key in _KEYS:
                continue
            if is_item(inner):
                yield (key,)
            else:
                yield from ((key, *tail) for tail in _tails(inner, is_item))
