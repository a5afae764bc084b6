"""What running stages say of themselves, and what failed ones said last.

In: the files that ``runner.process`` leaves in ``.banc/`` (``stage.heartbeat``). Out: values. A file that is
damaged or half-written counts as none. That a heartbeat is there does not mean that its process lives: who
runs a stage is in ``state.holders``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from banc.stage.heartbeat import FAILURES, PROGRESS, Failure, Heartbeat, parse_beat
from banc.stage.kinds import Address

LARGEST = 1 << 16
"""Largest size of such a file, in bytes."""

_Kind = TypeVar("_Kind", Heartbeat, Failure)


def heartbeats(root: Path, wanted: Iterable[Address]) -> dict[Address, Heartbeat]:
    """The last heartbeat of each of the ``wanted`` stages that is running, or did not end well."""
    return _read(root / PROGRESS, Heartbeat, wanted)


def failures(root: Path, wanted: Iterable[Address]) -> dict[Address, Failure]:
    """Why the last run of each of the ``wanted`` stages failed, where it did."""
    return _read(root / FAILURES, Failure, wanted)


def _read(folder: Path, kind: type[_Kind], wanted: Iterable[Address]) -> dict[Address, _Kind]:
    try:
        there = set(os.listdir(folder))
    except OSError:
        return {}
    values = {}
    for address in wanted:
        name = f"{address}.json"
        if name in there and (value := _one(folder / name, kind)) is not None:
            values[address] = value
    return values


def _one(path: Path, kind: type[_Kind]) -> _Kind | None:
    try:
        if not path.is_file():  # a pipe would keep who looks waiting
            return None
        with path.open("rb") as file:
            content = file.read(LARGEST)
        return parse_beat(kind, content.decode())
    except (OSError, ValueError):
        return None
