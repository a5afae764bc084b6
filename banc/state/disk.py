"""What the disks have room for: the workspace's, and that of DVC's cache."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from banc.state.state import Disk


def disk(root: Path, cache: Path) -> Disk | None:
    """The free space, in bytes; None where the system does not report it."""
    try:
        there = _nearest(cache)
        same = os.stat(root).st_dev == os.stat(there).st_dev
        free = shutil.disk_usage(root).free
        return Disk(free, None if same else shutil.disk_usage(there).free)
    except OSError:
        return None


def _nearest(folder: Path) -> Path:
    """The folder itself, or the nearest above it that exists: DVC makes its cache when it needs it."""
    return next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
