"""How far stages were that have not ended.

In: ``.banc/checkpoints/<address>/``, as ``runner.process.checkpoints`` and ``runner.training.state`` leave
it. Out: counts, and of which inputs. Of a checkpoint its header, a few numbers and its last line are read,
never its tensors; whether it is whole is for the run that goes on from it to find out.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from banc.paths import PRIVATE
from banc.stage.kinds import Address
from banc.state.state import Checkpoint

FOLDER = f"{PRIVATE}/checkpoints"
_NAME = re.compile(r"\d{12}-[0-9a-f]{64}")
_FACTS = "facts"
_LARGEST = 1 << 24
"""Bytes of a header or of a record, at most: what claims to be longer is damaged."""

_LONGEST = 1 << 20
"""Bytes of the line with the inputs, at most."""


def checkpoints(root: Path, wanted: Iterable[Address]) -> dict[Address, Checkpoint]:
    """The latest readable checkpoint of each of the ``wanted`` stages that has one."""
    there = set()
    if (root / FOLDER).is_dir():
        there = {path.name for path in (root / FOLDER).iterdir()}
    latest = {address: _latest(root / FOLDER / address) for address in wanted if address in there}
    return {address: checkpoint for address, checkpoint in latest.items() if checkpoint is not None}


def _latest(folder: Path) -> Checkpoint | None:
    try:
        paths = sorted((path for path in folder.iterdir() if _NAME.fullmatch(path.name)), reverse=True)
    except OSError:
        return None
    for path in paths:
        checkpoint = _read(path)
        if checkpoint is not None:
            return checkpoint
    return None


def _read(path: Path) -> Checkpoint | None:
    try:
        facts, inputs = _facts(path), _inputs(path)
        if "items" in facts:
            return Checkpoint(int(facts["items"]), inputs=inputs)
        return Checkpoint(int(facts["epoch"]), int(facts["step"]), inputs)
    except (OSError, ValueError, KeyError, TypeError, IndexError, RecursionError):
        return None


def _inputs(path: Path) -> dict[str, str] | None:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _LONGEST))
        line = file.read().rpartition(b"\n")[2]
    try:
        return {str(name): str(md5) for name, (md5, *_) in json.loads(line)["inputs"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _facts(path: Path) -> Any:
    """A prediction's checkpoint is JSON. A training's is safetensors, with JSON as one of the tensors.

    Behind either, in a line of its own, stands of which inputs it is.
    """
    with path.open("rb") as file:
        begin = file.read(8)
        if begin.startswith(b"{"):
            return json.loads((begin + file.read(_LARGEST)).partition(b"\n")[0])
        length = int.from_bytes(begin, "little")
        if length > _LARGEST:
            raise ValueError(length)
        first, last = json.loads(file.read(length))[_FACTS]["data_offsets"]
        file.seek(8 + length + first)
        return json.loads(file.read(min(last - first, _LARGEST)))
