"""A workspace in which everything ran, without running it: for measuring what looks at one.

Files, locks, cache and run cache are as DVC writes them; ``test_plan.py`` asks DVC itself whether it agrees.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path

from banc.compiler import Compiled, apply
from banc.emit.yaml import yaml
from banc.plan.asked import Asked, asked
from banc.plan.decide import run_key
from banc.state.state import File

OLD = 60.0
"""Seconds ago that everything was written."""


def own_name(path: str) -> bytes:
    """A few bytes, no two alike."""
    return f"{path}\n".encode()


def finish(root: Path, compiled: Compiled, content_of: Callable[[str], bytes] = own_name) -> None:
    """Links the stages and makes every output, with ``content_of`` its path."""
    apply(root, compiled)
    when = time.time() - OLD
    locks: dict[str, dict[str, object]] = {}
    made: dict[str, File] = {}
    stages = {address: asked(address, linked) for address, linked in compiled.graph.stages.items()}
    for stage in stages.values():
        for path in stage.outputs:
            content = content_of(path)
            made[path] = File(_write(root, path, content, when), len(content))
            if stage.cached:
                _into_cache(root, made[path], content, when)
    for address, stage in stages.items():
        entry = _entry(stage, made)
        locks.setdefault(stage.lock, {})[address] = entry
        if stage.cached:
            key = run_key(stage, {path: made[path] for path in stage.inputs})
            text = yaml(entry)
            value = hashlib.sha256(text.encode()).hexdigest()
            _write(root, f".dvc/cache/runs/{key[:2]}/{key}/{value}", text.encode(), when)
    for path, entries in locks.items():
        _write(root, path, yaml({"schema": "2.0", "stages": entries}).encode(), when)


def _entry(stage: Asked, made: dict[str, File]) -> dict[str, object]:
    def files(paths: tuple[str, ...]) -> list[dict[str, object]]:
        return [
            {"path": path, "hash": "md5", "md5": made[path].md5, "size": made[path].size} for path in paths
        ]

    inputs = {"deps": files(stage.inputs)} if stage.inputs else {}
    return {
        "cmd": stage.command,
        **inputs,
        "params": {stage.parameter_file: dict(stage.parameters)},
        "outs": files(stage.outputs),
    }


def _write(root: Path, name: str, content: bytes, when: float) -> str:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (when, when))
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _into_cache(root: Path, file: File, content: bytes, when: float) -> None:
    assert file.md5
    name = f".dvc/cache/files/md5/{file.md5[:2]}/{file.md5[2:]}"
    _write(root, name, content, when)
    (root / name).chmod(0o444)
