"""Plain values as YAML, the same bytes everywhere.

Writes a small corner of YAML that DVC's reader (ruamel, YAML 1.2) takes back as the same values: block
mappings, block sequences, JSON scalars. What could be read as anything but a string is quoted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_PLAIN = re.compile(r"([A-Za-z_]|\.\./)[A-Za-z0-9_./-]*( [A-Za-z0-9_./-]+)*")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
# JSON writes these as they are; a reader of YAML refuses them, or takes them for the end of a line.
_UNPRINTABLE = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def yaml(value: Mapping[str, Any]) -> str:
    """``value`` as a document. Mappings keep their order."""
    return "\n".join(_block(value, 0)) + "\n"


def escape(text: str) -> str:
    """``text`` as DVC reads it back: it interpolates ``${...}`` in every string of a ``dvc.yaml``."""
    return text.replace("${", "\\${")


def comment(text: str) -> str:
    """``text`` as it can stand after a ``#``: on one line, without what readers refuse."""
    return "".join(char if char.isprintable() else "?" for char in text)


def _scalar(value: object) -> str:
    if isinstance(value, str):
        safe = _PLAIN.fullmatch(value) and value.lower() not in _WORDS
        return value if safe else _quoted(value)
    if value is None:
        return ""
    return json.dumps(value, allow_nan=False)


def _quoted(text: str) -> str:
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False))


def _block(value: Any, depth: int) -> list[str]:
    pad = "  " * depth
    lines: list[str] = []
    if isinstance(value, Mapping):
        for key, item in value.items():
            lines += _entry(f"{pad}{_scalar(key)}:", item, depth)
    else:
        for item in value:
            if isinstance(item, Mapping) and item:
                first, *rest = _block(item, depth + 1)
                lines += [f"{pad}- {first.lstrip()}", *rest]
            else:
                lines += _entry(f"{pad}-", item, depth)
    return lines


def _entry(head: str, item: Any, depth: int) -> list[str]:
    if isinstance(item, Mapping | list | tuple):
        if not item:
            return [f"{head} {'{}' if isinstance(item, Mapping) else '[]'}"]
        if isinstance(item, Sequence) and all(isinstance(number, int | float) for number in item):
            return [f"{head} [{', '.join(map(_scalar, item))}]"]
        return [head, *_block(item, depth + 1)]
    return [f"{head} {_scalar(item)}".rstrip()]
