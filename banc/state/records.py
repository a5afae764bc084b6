"""What DVC wrote down of stages: its locks and the entries of its run cache.

In: text as DVC writes it (YAML). Out: ``Entry``. What a lock must have and has not is a fault to be told;
of the run cache, where DVC itself passes over what it cannot read, such a file is None.

Reading YAML is slow, so what was read is kept as plain values in ``state.memory``.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from stat import S_ISREG
from typing import Any

from banc.digest import Json
from banc.errors import BancError
from banc.state.lock_text import damaged, read_yaml
from banc.state.memory import Memory
from banc.state.state import Entry, File

_COMMAND = re.compile(r"""cmd:\s+["']?banc\s+run\s+([a-z0-9-]+)(?:[\s\\]+--file=|\n)""")
"""As ``stage.files.command`` has it; DVC puts it in quotes or breaks it where YAML asks for that."""


def read_lock(memory: Memory, root: Path, path: str) -> dict[str, Entry]:
    """The stages of the lock ``path``, by name; none where there is no such file.

    Raises:
        BancError: the lock is damaged.
    """
    try:
        there = (root / path).stat()
        # A pipe would keep who looks waiting.
        stages = memory.recall("lock", path, there, _lock) if S_ISREG(there.st_mode) else None
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BancError(f"cannot read `{path}`: {(error.strerror or 'no reason given').lower()}") from error
    if stages is None:
        raise damaged(path)
    entries = {}
    for name, packed in stages.items():
        if packed is None:
            raise damaged(path, name)
        entries[name] = _unpack(packed)
    return entries


def read_run(memory: Memory, path: str, stat: os.stat_result) -> Entry | None:
    """The run cache's entry in the file ``path``; None where it is damaged."""
    packed = memory.recall("run", path, stat, _run)
    return None if packed is None else _unpack(packed)


def stage_of_run(memory: Memory, path: str, stat: os.stat_result) -> str:
    """The name in the command of the run cache's file ``path``; empty if it is no stage of banc's."""
    return str(memory.recall("of", path, stat, _stage))


def _stage(path: Path) -> Json:
    with path.open(encoding="utf-8", errors="replace") as file:
        match = _COMMAND.match(file.read(400))
    return match[1] if match else ""


def _lock(path: Path) -> Json:
    """The stages, packed, by name. None: this is no lock; None of a stage: this is no stage."""
    content = _yaml(path)
    stages = content.get("stages") if isinstance(content, dict) else None
    if not isinstance(stages, dict):
        return {} if isinstance(content, dict) and "stages" not in content else None
    return {str(name): _pack(stage) for name, stage in stages.items()}


def _run(path: Path) -> Json:
    return _pack(_yaml(path))


def _yaml(path: Path) -> Any:
    try:
        return read_yaml(path.read_text(encoding="utf-8"))
    except ValueError:
        return None


def _pack(stage: Any) -> Json:
    """Command, parameters, inputs, outputs, as JSON; None if ``stage`` is not what DVC writes."""
    if not isinstance(stage, dict) or not isinstance(stage.get("cmd"), str):
        return None
    parameters = stage.get("params") or {}
    if not isinstance(parameters, dict) or not all(
        isinstance(by_file, dict) for by_file in parameters.values()
    ):
        return None
    packed: list[Json] = [stage["cmd"], parameters]
    for name in ("deps", "outs"):
        items = stage.get(name) or []
        if not isinstance(items, list) or not all(
            isinstance(item, dict) and isinstance(item.get("path"), str) for item in items
        ):
            return None
        packed.append([_file(item) for item in items])
    return packed


def _file(item: dict[str, Any]) -> Json:
    # Without `hash: md5` it is of DVC 2, whose cache is another one.
    md5 = item.get("md5") if item.get("hash") == "md5" else None
    size = item.get("size")
    return [
        item["path"],
        md5 if isinstance(md5, str) else None,
        size if isinstance(size, int) else 0,
        item.get("isexec") is True,
    ]


def _unpack(packed: Any) -> Entry:
    command, parameters, inputs, outputs = packed
    return Entry(
        command,
        parameters,
        {path: File(md5, size, executable) for path, md5, size, executable in inputs},
        {path: File(md5, size, executable) for path, md5, size, executable in outputs},
    )
