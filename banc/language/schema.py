"""The JSON Schema of the spec language, from the classes that are the language.

In: the types of ``language.spec``. Out: JSON Schema draft 7, the draft that editors of TOML read. A copy
is shipped as ``banc/spec.schema.json``; a test holds it to the classes.
"""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from banc.config.constraints import Bound, Entries, Filled, Names, OneOrMore, Pattern, user_fields
from banc.config.converter import TAGS, members, shorthands
from banc.config.custom import Argument, Scalar
from banc.config.model import DenseNetBC
from banc.language.spec import RecipeText, Spec

Schema = dict[str, Any]

_SCALARS: dict[Any, Schema] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
}
_BOUNDS = {
    "at_least": "minimum",
    "above": "exclusiveMinimum",
    "at_most": "maximum",
    "below": "exclusiveMaximum",
}


def schema_text() -> str:
    """The schema, as it is shipped."""
    top = _table(Spec)
    document = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "banc spec",
        **top,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _schema(kind: Any) -> Schema:
    """The schema of one type."""
    if kind in _SCALARS:
        return dict(_SCALARS[kind])
    if kind is DenseNetBC:  # a model's skeleton is written as the name of one
        return {"type": "string"}
    if attrs.has(kind):
        return _recipe() if kind is RecipeText else _table(kind)
    if kind == Argument:
        scalars = [_schema(scalar)["type"] for scalar in get_args(Scalar)]
        return {"type": [*scalars, "array"], "items": {"type": scalars}}
    if kind == Scalar:
        return {"type": [_schema(scalar)["type"] for scalar in get_args(Scalar)]}
    origin, args = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _annotated(args[0], args[1:])
    if origin is Literal:
        return {"enum": list(args)}
    if origin is tuple:
        return {"type": "array", "items": _schema(args[0])}
    if origin is Mapping or origin is get_origin(Mapping[str, str]):
        return {"type": "object", "additionalProperties": _schema(args[1])}
    assert origin in (Union, UnionType), kind
    rest = tuple(arg for arg in args if arg is not NoneType)
    return _schema(rest[0]) if len(rest) == 1 else _union(rest)


def _annotated(kind: Any, notes: tuple[object, ...]) -> Schema:
    schema = _schema(kind)
    for note in notes:
        match note:
            case Bound():
                for name, word in _BOUNDS.items():
                    if (limit := getattr(note, name)) is not None:
                        schema[word] = int(limit) if limit == int(limit) else limit
            case Pattern():
                schema["pattern"] = f"^(?:{note.regex})$"
            case Filled():
                schema["pattern"] = r"\S"
            case OneOrMore():
                schema = {**schema, "type": ["string", "array"]}  # `items` says nothing of a string
            case Names():
                # Not empty, and without the sign between a model and a column.
                names: Schema = {"pattern": r"^[^/]*[^/\s][^/]*$", "maxLength": note.longest}
                schema["propertyNames"] = {**names, "not": {"enum": list(note.reserved)}}
            case Entries():
                schema |= {"minItems": note.at_least} if note.at_least else {}
                schema["uniqueItems"] = True
            case _:
                raise AssertionError(f"a note that no rule explains: {note!r}")
    return schema


def _union(classes: tuple[Any, ...]) -> Schema:
    """One of several tables, told apart by a tag; or a bare name.

    By `if` and `then`: of tables that `anyOf` lists an editor says of each why it does not fit.
    """
    union = next(members for members in TAGS if set(get_args(members)) == set(classes))
    tag, variable = TAGS[union]
    tables = {name: _table(cls, {tag: name}) for name, cls in members(union, variable).items()}
    # Editors offer these keys before the tag is written; whether they are legal is said below.
    offered = {
        key: {"description": inner["description"]}
        for table in tables.values()
        for key, inner in table["properties"].items()
        if "description" in inner
    }
    schema: Schema = {
        "type": "object",
        "required": [tag],
        "properties": {tag: {"enum": list(tables)}, **offered},
        "allOf": [
            {
                "if": {"type": "object", "properties": {tag: {"const": name}}, "required": [tag]},
                "then": table,
            }
            for name, table in tables.items()
        ],
    }
    return _or_name(schema, list(names)) if (names := shorthands(union)) else schema


def _or_name(table: Schema, names: list[str]) -> Schema:
    """A table, whose keywords say nothing of a string, or one of ``names``."""
    return {**table, "type": ["string", "object"], "if": {"type": "string"}, "then": {"enum": names}}


def _table(cls: Any, tag: Mapping[str, str] | None = None) -> Schema:
    """A class as a table; ``tag`` is the key, and its value, that tells a union's member."""
    hints = get_type_hints(cls, include_extras=True) if not hasattr(cls, "CHANGES") else {}
    properties: dict[str, Schema] = {key: {"const": value} for key, value in (tag or {}).items()}
    required = list(tag or {})
    documents = fields_documents(getattr(cls, "CHANGES", cls))
    for field in user_fields(cls):
        name = field.name.rstrip("_")
        schema = _schema(hints.get(field.name, field.type))
        if document := documents.get(field.name):
            schema["description"] = document
        default = field.default
        if default is attrs.NOTHING:
            required.append(name)
        elif isinstance(default, bool | int | float | str):
            schema["default"] = default
        properties[name] = schema
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    if cls.__doc__ and not hasattr(cls, "CHANGES"):
        schema["description"] = " ".join(inspect.cleandoc(cls.__doc__).split("\n\n")[0].split())
    if required:
        schema["required"] = required
    return schema


def _recipe() -> Schema:
    """A preset's name, or a table of changes to one."""
    table = _table(RecipeText)
    table["properties"]["preset"]["description"] = "The preset to start from."
    table["properties"]["except"]["description"] = "Changes for all runs of single models."
    return _or_name(table, table["properties"]["preset"]["enum"])


@cache
def fields_documents(cls: type) -> dict[str, str]:
    """The strings that stand under a class's fields, by field."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    assert isinstance(body, ast.ClassDef)
    texts: dict[str, str] = {}
    for statement, after in zip(body.body, body.body[1:], strict=False):
        match statement, after:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                texts[name] = " ".join(text.split())
            case _:
                pass
    return texts
