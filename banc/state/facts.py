"""What stages were made with: ``model.json`` and ``outputs.json``.

In: paths. Out: versions, device and count of parameters, as far as a file says them. What is damaged says
nothing: whether a file is whole is for ``banc verify`` to find out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from banc.digest import Json
from banc.state.memory import Memory
from banc.state.state import Facts

_LARGEST = 1 << 20
"""Largest size of such a file, in bytes."""


def facts(memory: Memory, root: Path, paths: Iterable[str]) -> dict[str, Facts]:
    """The facts in those of ``paths`` that can be read."""
    by_path = {}
    for path in paths:
        try:
            packed = memory.recall("facts", path, (root / path).stat(), _read)
        except OSError:
            continue
        if packed is not None:
            parameters, made_with, before = packed
            by_path[path] = Facts(parameters, made_with, tuple(before))
    return by_path


def _read(path: Path) -> Json:
    try:
        with path.open("rb") as file:
            value = json.loads(file.read(_LARGEST))
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    parameters, before = value.get("parameters"), value.get("made_with_before")
    return [
        parameters if type(parameters) is int else None,
        _strings(value.get("made_with")),
        [_strings(item) for item in before] if isinstance(before, list) else [],
    ]


def _strings(value: Any) -> dict[str, Json]:
    if not isinstance(value, dict):
        return {}
    return {key: item for key, item in value.items() if isinstance(item, str)}
