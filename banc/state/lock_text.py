"""The text of a ``dvc.lock`` or of an entry of DVC's run cache: the one place that knows YAML.

In: text. Out: plain values, as JSON knows them, or ValueError where this is not what DVC writes. The C parser
dies of a hundred thousand nested levels, so depth is looked at first.

ruamel.yaml reads the text in C, but makes values of it in Python, one object at a time, which takes ten times
as long. DVC writes plain YAML, without tags, aliases or other keys than text. So the values are made here, of
the library's events; what a scalar is, the library says, once for each text. Whatever is not so plain, the
library reads as a whole.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from banc.digest import Json
from banc.errors import BancError

_DEEPEST = 200
_INDENTED = re.compile(rf"^[ ?:\t-]{{{2 * _DEEPEST}}}", flags=re.MULTILINE)
_BRACKET = re.compile(r"[\[\]{}]")
_SCALARS = (str, int, float, type(None))
_NO_KEY: Any = object()


def read_yaml(text: str) -> Json:
    """Plain values. What JSON has no word for (a date, a key that is no text) is told as text.

    Raises:
        ValueError: this is no YAML, or it is nested deeper or has more aliases than DVC writes.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    if _is_deep(text):
        raise ValueError("nested too deeply")
    try:
        try:
            return _made_of(YAML(typ="safe", pure=False).parse(text))
        except _NotPlain:
            return _Plain(len(text)).of(YAML(typ="safe", pure=False).load(text))
    except (YAMLError, RecursionError) as error:
        raise ValueError("no YAML") from error


class _NotPlain(Exception):
    """The text has something that the library has to make a value of."""


def _made_of(events: Iterable[Any]) -> Json:
    """The one document of a text.

    Raises:
        _NotPlain: it has tags, aliases, directives, keys that are no text, or a key twice; or there is not
            exactly one.
    """
    from ruamel.yaml import events as kinds

    scalar, alias = kinds.ScalarEvent, kinds.AliasEvent
    mapping, sequence = kinds.MappingStartEvent, kinds.SequenceStartEvent
    ends, document = (kinds.MappingEndEvent, kinds.SequenceEndEvent), kinds.DocumentStartEvent
    root: Any = _NO_KEY
    # The value that is being filled, of a mapping the key whose value comes next, and those around it.
    inside: Any = None
    key: Any = _NO_KEY
    around: list[tuple[Any, Any]] = []
    for event in events:
        kind = type(event)
        if kind in ends:
            inside, key = around.pop()
            continue
        if kind is scalar:
            value = _value_of(event.value) if event.implicit[0] else event.value
        elif kind is mapping:
            value = {}
        elif kind is sequence:
            value = []
        elif kind is alias or (kind is document and (event.version or event.tags or root is not _NO_KEY)):
            raise _NotPlain
        else:
            continue
        if event.anchor is not None or event.tag is not None:
            raise _NotPlain
        if inside is None:
            root = value
        elif type(inside) is list:
            inside.append(value)
        elif key is _NO_KEY:
            if type(value) is not str or value in inside or value == "<<":
                raise _NotPlain
            key = value
            continue
        else:
            inside[key] = value
            key = _NO_KEY
        if kind is not scalar:
            around.append((inside, key))
            inside, key = value, _NO_KEY
    if root is _NO_KEY:
        raise _NotPlain
    return root


@lru_cache(maxsize=1 << 16)
def _value_of(text: str) -> Json:
    """What a scalar without quotes is.

    Raises:
        _NotPlain: nothing that JSON knows.
    """
    from ruamel.yaml.error import YAMLError
    from ruamel.yaml.nodes import ScalarNode

    yaml = _library()
    tag = yaml.resolver.resolve(ScalarNode, text, (True, False))
    try:
        value = yaml.constructor.construct_object(ScalarNode(tag, text))
    except (YAMLError, ValueError) as error:
        raise _NotPlain from error
    if not isinstance(value, _SCALARS) or (isinstance(value, float) and not math.isfinite(value)):
        raise _NotPlain
    return value


@lru_cache(maxsize=1)
def _library() -> Any:
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=False)


class _Plain:
    """Values as JSON knows them, of values that YAML knows."""

    def __init__(self, length: int) -> None:
        """``length``: of the text. By aliases, a short one can mean any number of values."""
        self._left = 10 * length + 1000

    def of(self, value: Any) -> Json:
        """``value``, or as much as a text of this length may mean.

        Raises:
            ValueError: it is more than that.
        """
        self._left -= 1
        if self._left < 0:
            raise ValueError("too many aliases")
        if isinstance(value, dict):
            return {key if isinstance(key, str) else _told(key): self.of(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.of(item) for item in value]
        if isinstance(value, float) and not math.isfinite(value):
            return _told(value)
        return value if isinstance(value, _SCALARS) else _told(value)


def _told(value: Any) -> str:
    return f"<{type(value).__name__}> {value}"


def stages_of(text: str) -> dict[str, Any]:
    """What a lock says of each stage, by the stage's name.

    Raises:
        ValueError: that is not what DVC writes.
    """
    content = read_yaml(text)
    stages = content.get("stages") if isinstance(content, dict) else None
    if not isinstance(stages, dict):
        raise ValueError("no table of stages")
    return stages


def without_stage(text: str, name: str) -> str:
    """The text of a lock without what it says of a stage; the other lines stay. Empty: it says nothing else.

    Raises:
        ValueError: that is not what DVC writes.
    """
    lines = text.splitlines(keepends=True)
    begin = lines.index(f"  {name}:\n")
    end = begin + 1
    while end < len(lines) and lines[end].startswith("   "):
        end += 1
    stages = stages_of(text)
    del stages[name]
    if not stages:
        return ""
    rest = "".join(lines[:begin] + lines[end:])
    if stages_of(rest) != stages:
        raise ValueError("not as DVC sets it")
    return rest


def damaged(path: str, name: str | None = None) -> BancError:
    """The fault of a lock that cannot be read, or of what it says of the stage ``name``."""
    of = f" what it says of `{name}`" if name else " it"
    return BancError(
        f"`{path}` is not what DVC writes:{of} cannot be read",
        hint=f"`git checkout {path}` brings the committed one back; without one, delete it and `dvc repro`",
    )


def _is_deep(text: str) -> bool:
    if _INDENTED.search(text):
        return True
    depth = 0
    for match in _BRACKET.finditer(text):
        depth += 1 if match[0] in "[{" else -1
        if depth > _DEEPEST:
            return True
    return False
