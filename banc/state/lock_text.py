"""The text of a ``dvc.lock`` or of an entry of DVC's run cache: the one place that knows YAML.

In: text. Out: plain values, or ValueError where this is not what DVC writes. The C parser dies of a hundred
thousand nested levels, so depth is looked at first.
"""

from __future__ import annotations

import re
from typing import Any

from banc.errors import BancError

_DEEPEST = 200
_INDENTED = re.compile(rf"^[ ?:\t-]{{{2 * _DEEPEST}}}", flags=re.MULTILINE)
_BRACKET = re.compile(r"[\[\]{}]")


def read_yaml(text: str) -> Any:
    """Plain values.

    Raises:
        ValueError: this is no YAML, or it is nested deeper than DVC writes.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    if _is_deep(text):
        raise ValueError("nested too deeply")
    try:
        return YAML(typ="safe", pure=False).load(text)
    except (YAMLError, RecursionError) as error:
        raise ValueError("no YAML") from error


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
