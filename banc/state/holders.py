"""Who runs a stage now.

In: the lock files that ``runner.process.guard`` leaves below ``.banc/locks/``, and what the system says of
held locks. Out: processes. No lock is taken, not even for a moment: a stage that starts then would be
refused.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from banc.paths import PRIVATE
from banc.running import DVC_LOCK, held_locks, is_alive, is_held
from banc.stage.kinds import Address
from banc.state.state import Holder

FOLDER = f"{PRIVATE}/locks"
_TEXT = re.compile(r"process (\d+) on (\S+)")


def holders(root: Path, wanted: Iterable[Address]) -> dict[Address, Holder]:
    """Which of the ``wanted`` stages are running on this machine, and who runs them.

    A process in another container or on another machine cannot be seen.
    """
    if not (root / FOLDER).is_dir():
        return {}
    there = {path.name for path in (root / FOLDER).iterdir()}
    held = held_locks()
    running = {}
    for address in wanted:
        name = f"{address}.lock"
        if name in there and (holder := _holder(root / FOLDER / name, held)):
            running[address] = holder
    return running


def dvc_locks(root: Path) -> bool:
    """Whether a DVC on this machine holds its workspace's lock, as it does between two stages."""
    return is_held(root / DVC_LOCK, held_locks())


def _holder(path: Path, held: set[tuple[int, int]] | None) -> Holder | None:
    try:
        match = _TEXT.match(path.read_text(encoding="utf-8", errors="replace"))
        inode = path.stat().st_ino
    except OSError:
        return None
    if match is None:
        return None
    holder = Holder(int(match[1]), match[2])
    if holder.host != os.uname().nodename:
        return None
    # The file stays when its process has gone, and its number may be another's by now.
    alive = is_alive(holder.process) if held is None else (holder.process, inode) in held
    return holder if alive else None
