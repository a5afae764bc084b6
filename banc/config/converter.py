"""The one door to cattrs: plain values to frozen types and back, strictly.

In: what TOML or JSON readers return. Out: vocabulary items, or an exception group whose leaves are
``Rejected`` (with ``language.structure`` and ``stage.files`` as its readers). Nothing is coerced: ``"3"``
is no number, ``true`` is not 1, and only a whole number may stand for a fraction.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NoReturn, Union, get_args, get_origin

from attrs import NOTHING, define, fields, has
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from banc.config.constraints import Bound, Filled, OneOrMore, Pattern
from banc.config.custom import Argument, Scalar
from banc.config.data import DataSet
from banc.config.model import Model
from banc.config.objective import OBJECTIVES, Objective

Reason = Literal["type", "range", "choice", "missing-tag", "empty"]

TAGS: dict[Any, tuple[str, str]] = {
    Model: ("family", "FAMILY"),
    DataSet: ("set", "SET"),
    Objective: ("kind", "KIND"),
}
"""Each union's key in text, and the class variable that holds a member's value of it."""

_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a string"}


@define(slots=False)
class Rejected(Exception):
    """One value that does not fit its place."""

    reason: Reason
    message: str
    legal: tuple[str, ...] = ()
    """What could have stood there, where that is a list."""
    value: object = None


def spell(value: object) -> str:
    """A value as TOML spells it, short enough for a message."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{value}"' if len(value) <= 60 else f'"{value[:57]}..."'
        case list() | tuple():
            return "an array"
        case Mapping():
            return "a table"
        case _:
            return str(value)


def members(union: Any, variable: str | None = None) -> dict[str, type]:
    """The classes of a tagged union by the value of their tag, in the order of the union."""
    return {getattr(cls, variable or TAGS[union][1]): cls for cls in get_args(union)}


def shorthands(union: Any) -> Mapping[str, object]:
    """What a bare string means where this union is expected: an item with nothing left to say."""
    if union == DataSet:
        return {name: cls() for name, cls in members(union).items() if _has_defaults(cls)}
    return OBJECTIVES if union == Objective else {}


def _has_defaults(cls: type) -> bool:
    return all(field.default is not NOTHING for field in fields(cls))


def _origin(cls: Any) -> Any:
    return get_origin(cls)


def _wrong_type(value: object, expected: str) -> NoReturn:
    raise Rejected("type", f"expected {expected}, found {spell(value)}", value=value)


def _scalar(kind: type) -> Callable[[Any, Any], Any]:
    def structure(value: Any, _: Any) -> Any:
        if kind is float and type(value) is int:
            value = float(value) if abs(value) < 1e300 else math.inf
        if type(value) is not kind:
            _wrong_type(value, _WORDS[kind])
        if isinstance(value, float) and not math.isfinite(value):
            raise Rejected("range", f"expected a finite number, found {value}", value=value)
        # One spelling for one thing: -0.0 becomes 0.0.
        return value + 0.0 if isinstance(value, float) else value

    return structure


def _annotated(cls: Any, converter: Any) -> Callable[[Any, Any], Any]:
    base, *notes = get_args(cls)
    bounds = [note for note in notes if isinstance(note, Bound)]
    patterns = [note for note in notes if isinstance(note, Pattern)]
    filled = any(isinstance(note, Filled) for note in notes)
    one_or_more = any(isinstance(note, OneOrMore) for note in notes)

    def structure(value: Any, _: Any) -> Any:
        if one_or_more:
            if isinstance(value, str):
                value = [value]
            elif not isinstance(value, list | tuple):
                _wrong_type(value, "a string or an array of strings")
        result = converter.structure(value, base)
        for bound in bounds:
            if not bound.admits(result):
                raise Rejected("range", f"expected {bound}, found {spell(value)}", value=value)
        if filled and not any(char.isprintable() and not char.isspace() for char in result):
            raise Rejected("empty", f"expected a text, found {spell(value)}", value=value)
        for pattern in patterns:
            if not pattern.admits(result):
                _wrong_type(value, pattern.words)
        return result

    return structure


def _literal(cls: Any) -> Callable[[Any, Any], Any]:
    legal = get_args(cls)

    def structure(value: Any, _: Any) -> Any:
        if value not in legal or type(value) is not type(legal[0]):
            message = f"{spell(value)} is not a choice here"
            if len(legal) == 1:
                message = f"expected {spell(legal[0])}, found {spell(value)}"
            raise Rejected("choice", message, tuple(map(str, legal)), value)
        return value

    return structure


def _attrs(cls: Any, converter: Any) -> Callable[[Any, Any], Any]:
    renames: dict[str, Any] = {
        field.name: override(rename=field.name.rstrip("_"))
        for field in cls.__attrs_attrs__
        if field.name.endswith("_")
    }
    for field in cls.__attrs_attrs__:
        if field.metadata.get("internal"):
            renames[field.name] = override(omit=True)
    inner = make_dict_structure_fn(
        cls, converter, _cattrs_forbid_extra_keys=True, _cattrs_detailed_validation=True, **renames
    )

    def structure(value: Any, _: Any) -> Any:
        if not isinstance(value, Mapping):
            _wrong_type(value, "a table")
        return inner(value, cls)

    return structure


def _without_defaults(cls: Any, converter: Any) -> Callable[[Any], Any]:
    return make_dict_unstructure_fn(cls, converter, _cattrs_omit_if_default=True)


def add_union(converter: Converter, union: Any, tag: str, variable: str) -> None:
    """Teaches ``converter`` a closed union whose members are told apart by the key ``tag``."""
    classes = members(union, variable)
    names = shorthands(union)

    def structure(value: Any, _: Any) -> Any:
        if isinstance(value, str) and names:
            if value in classes and value not in names:
                _wrong_type(value, f"a table with `{tag} = {spell(value)}` and what else it needs")
            if value not in names:
                raise Rejected("choice", f"{spell(value)} is not a choice here", tuple(names), value)
            return names[value]
        if not isinstance(value, Mapping):
            _wrong_type(value, "a string or a table" if names else "a table")
        if tag not in value:
            raise Rejected("missing-tag", f"`{tag}` is missing", tuple(classes), tag)
        rest = {key: item for key, item in value.items() if key != tag}
        if not isinstance(value[tag], str) or value[tag] not in classes:
            raise TagRejected(tag, spell(value[tag]), tuple(classes), value[tag])
        return converter.structure(rest, classes[value[tag]])

    def unstructure(value: Any) -> Any:
        return {tag: getattr(value, variable), **converter.unstructure(value, type(value))}

    wanted = set(get_args(union))

    def is_it(cls: Any) -> bool:
        """`X | Y | None` too, since Python flattens an optional union."""
        return get_origin(cls) in (Union, UnionType) and set(get_args(cls)) - {NoneType} == wanted

    converter.register_structure_hook_func(is_it, structure)
    converter.register_unstructure_hook_func(is_it, unstructure)


class TagRejected(Rejected):
    """A union's tag that names no member; ``path`` of the fault is the tag's, not the table's."""

    def __init__(self, tag: str, spelled: str, legal: tuple[str, ...], value: object) -> None:
        super().__init__("choice", f"{spelled} is not a choice here", legal, value)
        self.tag = tag


def _sequence(cls: Any, converter: Any) -> Callable[[Any, Any], Any]:
    inner = converter.get_structure_hook(list[get_args(cls)[0]])  # type: ignore[misc]

    def structure(value: Any, _: Any) -> Any:
        if not isinstance(value, list | tuple):
            _wrong_type(value, "an array")
        return tuple(inner(list(value), list))

    return structure


def _mapping(cls: Any, converter: Any) -> Callable[[Any, Any], Any]:
    inner = converter.get_structure_hook(dict[str, get_args(cls)[1]])  # type: ignore[misc]

    def structure(value: Any, _: Any) -> Any:
        if not isinstance(value, Mapping):
            _wrong_type(value, "a table")
        return inner(value, dict)

    return structure


def _argument(value: Any, _: Any) -> Any:
    """A scalar, or an array of scalars: each keeps the type that it is written with."""
    return tuple(map(_plain, value)) if isinstance(value, list | tuple) else _plain(value)


def _plain(value: Any) -> Any:
    if type(value) not in _WORDS:
        _wrong_type(value, "a string, a number, true or false, or an array of these")
    return _scalar(type(value))(value, None)


def new_converter() -> Converter:
    """A converter with every rule above. Callers may add hooks for types of their own."""
    converter = Converter(detailed_validation=True)
    converter.register_structure_hook_factory(has, _attrs)
    converter.register_unstructure_hook_factory(has, _without_defaults)
    for kind in _WORDS:
        converter.register_structure_hook(kind, _scalar(kind))
    converter.register_structure_hook_factory(lambda cls: _origin(cls) is Literal, _literal)
    converter.register_structure_hook_factory(lambda cls: _origin(cls) is tuple, _sequence)
    converter.register_structure_hook_factory(lambda cls: _origin(cls) is Mapping, _mapping)
    converter.register_structure_hook_factory(lambda cls: _origin(cls) is Annotated, _annotated)
    converter.register_structure_hook_func(lambda cls: cls == Argument, _argument)
    converter.register_structure_hook_func(lambda cls: cls == Scalar, lambda value, _: _plain(value))
    for union, (tag, variable) in TAGS.items():
        add_union(converter, union, tag, variable)
    return converter
