"""What was read of files before, so that a second look at a large workspace costs no reading.

A file is known by path, inode, size and time of change, as git and DVC know theirs. All of it stands in one
file below ``.banc/``, under a digest of its own: one that is damaged, or of another version, counts as none.
A process that only looks must not fail because it cannot write, so where that is so nothing is remembered.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from banc.digest import Json
from banc.errors import BancError
from banc.paths import PRIVATE, write_atomically

FILE = f"{PRIVATE}/seen.json"
HEAD = "banc seen 1 "
"""Version of the format, before the digest of what follows."""

SETTLED = 2.0
"""Seconds since its last change after which a file is remembered: one that is being written may change
again without the clock of the file system showing it."""

_Known = list[Any]  # inode, size, time of change in nanoseconds, what was read


class Memory:
    """What was read. Paths are relative to the workspace, or absolute outside of it."""

    def __init__(self, root: Path) -> None:
        """Reads what an earlier process kept."""
        self._root = root
        self._known: dict[str, _Known] = _load(root / FILE)
        self._seen: set[str] = set()
        self._new = False

    def recall(self, what: str, path: str, stat: os.stat_result, read: Callable[[Path], Json]) -> Json:
        """``read`` of the file ``path``, whose ``stat`` was taken just now; from memory if it is unchanged.

        Args:
            what: a word for what ``read`` reads.

        Raises:
            OSError: the file cannot be read, or has just gone.
        """
        key = f"{what} {path}"
        self._seen.add(key)
        known = self._known.get(key)
        if known is not None and known[:3] == [stat.st_ino, stat.st_size, stat.st_mtime_ns]:
            return known[3]
        file = self._root / path
        content = read(file)
        after = file.stat()
        same = (after.st_ino, after.st_size, after.st_mtime_ns) == (
            stat.st_ino,
            stat.st_size,
            stat.st_mtime_ns,
        )
        if same and time.time() - stat.st_mtime > SETTLED:
            self._known[key] = [stat.st_ino, stat.st_size, stat.st_mtime_ns, content]
            self._new = True
        return content

    def keep(self) -> None:
        """Writes it down for the next process; without what is no longer there."""
        gone = [
            key
            for key in self._known.keys() - self._seen
            if not os.path.lexists(os.path.join(self._root, key.partition(" ")[2]))
        ]
        if not self._new and not gone:
            return
        for key in gone:
            del self._known[key]
        text = json.dumps(self._known, separators=(",", ":"))
        try:
            write_atomically(self._root / FILE, HEAD + _digest(text) + "\n" + text)
        except BancError:
            return


def _load(path: Path) -> dict[str, _Known]:
    try:
        if not path.is_file():  # a pipe would keep who looks waiting
            return {}
        head, _, text = path.read_text(encoding="utf-8").partition("\n")
    except (OSError, UnicodeDecodeError):
        return {}
    if head != HEAD + _digest(text):
        return {}
    try:
        known = json.loads(text)
    except (ValueError, RecursionError):  # the digest is right, so somebody else has made it
        return {}
    if not isinstance(known, dict) or any(type(one) is not list or len(one) != 4 for one in known.values()):
        return {}
    return known


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
