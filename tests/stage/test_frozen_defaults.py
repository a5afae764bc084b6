"""No default that identity leaves out ever changes: ``frozen_defaults.toml`` holds what each one was.

A field that holds its default is left out of addresses and parameter files. So another default would give
old addresses another meaning, and no address would show it. No flag rewrites that file.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, get_args, get_type_hints

import attrs
import pytest
from attrs import frozen

from banc.config.converter import new_converter
from banc.config.data import DataSet
from banc.config.model import Model
from banc.config.objective import Objective
from banc.config.recipe import Recipe
from banc.stage.kinds import Stage

FILE = Path(__file__).with_name("frozen_defaults.toml")
HERE = f"tests/stage/{FILE.name}"
ITEMS = (*get_args(Model), *get_args(DataSet), *get_args(Objective), *get_args(Stage), Recipe)
REQUIRED = "required"
CONVERTER = new_converter()
PUT_BACK = (
    "Put it back: addresses leave defaults out, so runs that people have made would get another meaning, and "
    "nothing would show it. For another usual value, change a preset. For another meaning, add a field with "
    "a default under which all is as before, or a new item."
)

Defaults = Mapping[str, Mapping[str, str]]
"""By an item's tag and a field's name: ``required``, or its default as JSON."""


def defaults_of(cls: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Each field with its default. An item inside that has no tag of its own is told field by field."""
    hints = get_type_hints(cls)
    for field in attrs.fields(cls):
        name, hint = f"{prefix}{field.name}", hints[field.name]
        if attrs.has(hint) and not hasattr(hint, "TAG"):
            yield from defaults_of(hint, f"{name}.")
        elif field.default is attrs.NOTHING:
            yield name, REQUIRED
        else:
            default = field.default.factory() if isinstance(field.default, attrs.Factory) else field.default  # type: ignore[arg-type]
            yield name, json.dumps(CONVERTER.unstructure(default))


def words_of(cls: Any) -> Iterator[tuple[str, str]]:
    """The word by which text tells the item from others."""
    for variable, key in (("FAMILY", "family"), ("SET", "set"), ("KIND", "kind")):
        if hasattr(cls, variable):
            yield key, f"always {json.dumps(getattr(cls, variable))}"


def said_by(items: tuple[Any, ...]) -> Defaults:
    return {cls.TAG: dict([*words_of(cls), *defaults_of(cls)]) for cls in items}


def line(name: str, value: str) -> str:
    return f"{json.dumps(name) if '.' in name else name} = '{value}'"


def faults(frozen: Defaults, now: Defaults) -> Iterator[str]:
    """What a person has to put right, and how."""
    for tag, fields in frozen.items():
        if tag not in now:
            yield (
                f"the item `{tag}` is gone, or its TAG has changed. Put it back: runs that people have made "
                f"stand under it. A class may be renamed; its TAG may not."
            )
            continue
        for name, was in fields.items():
            if name not in now[tag]:
                yield f"`{name}` of `{tag}` is gone, or has another name. {PUT_BACK}"
            elif now[tag][name] != was:
                yield f"`{name}` of `{tag}` is `{now[tag][name]}` and was `{was}`. {PUT_BACK}"
    for tag, fields in now.items():
        new = {name: value for name, value in fields.items() if name not in frozen.get(tag, {})}
        for name, value in new.items():
            if value == REQUIRED and tag in frozen:
                yield f"the new field `{name}` of `{tag}` needs a default under which all is as before."
        if new:
            section = "\n".join(line(name, value) for name, value in new.items())
            where = f"below `[{tag}]`" if tag in frozen else f"with the header `[{tag}]`"
            yield f"not in {HERE} yet: {', '.join(new)} of `{tag}`. Add, {where}:\n{section}"


def test_no_default_has_changed() -> None:
    found = list(faults(tomllib.loads(FILE.read_text()), said_by(ITEMS)))
    assert not found, "\n\n" + "\n\n".join(found)


# The test itself.


@frozen
class Inner:
    pad: int
    flip: bool = True


@frozen
class Item:
    KIND: ClassVar[str] = "item"
    TAG: ClassVar[str] = "Item"

    size: int
    inner: Inner
    names: tuple[str, ...] = ()
    rate: float | None = None


FROZEN = {
    "kind": 'always "item"',
    "size": "required",
    "inner.pad": "required",
    "inner.flip": "true",
    "names": "[]",
    "rate": "null",
}


def test_what_is_said_of_an_item() -> None:
    assert said_by((Item,)) == {"Item": FROZEN}
    text = "\n".join(["[Item]", *(line(name, value) for name, value in FROZEN.items())])
    assert tomllib.loads(text) == {"Item": FROZEN}


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (FROZEN, FROZEN, []),
        (FROZEN, {**FROZEN, "names": '["a"]'}, ['`names` of `Item` is `["a"]` and was `[]`. Put it back']),
        (FROZEN, {**FROZEN, "size": "3"}, ["`size` of `Item` is `3` and was `required`. Put it back"]),
        (FROZEN, {**FROZEN, "kind": 'always "x"'}, ["`kind` of `Item` is"]),
        ({**FROZEN, "old": "1"}, FROZEN, ["`old` of `Item` is gone, or has another name. Put it back"]),
        (FROZEN, {**FROZEN, "new": "1"}, ["Add, below `[Item]`:\nnew = '1'"]),
        (
            FROZEN,
            {**FROZEN, "new": "required"},
            ["the new field `new` of `Item` needs a default", "Add, below `[Item]`:\nnew = 'required'"],
        ),
    ],
)
def test_a_change_says_what_to_do_instead(
    before: dict[str, str], now: dict[str, str], expected: list[str]
) -> None:
    found = list(faults({"Item": before}, {"Item": now}))
    assert len(found) == len(expected)
    for text, part in zip(found, expected, strict=True):
        assert part in text


def test_an_item_that_is_gone_or_new() -> None:
    gone, new = faults({"Old": FROZEN}, {"Item": FROZEN})
    assert "the item `Old` is gone, or its TAG has changed" in gone
    assert "with the header `[Item]`" in new
    assert "\nsize = 'required'\n" in new


def test_no_flag_rewrites_it(update_golden: bool) -> None:
    """Run with ``--update-golden`` too: nothing here asks for that flag but this."""
    before = FILE.read_bytes()
    test_no_default_has_changed()
    assert FILE.read_bytes() == before
