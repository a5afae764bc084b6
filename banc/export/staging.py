"""Where an export makes what it then moves into place, and what a killed one has left there.

In: the folder that is exported to. Out: an empty hidden folder in it, on the same file system, so that moving
is renaming. As long as an export writes, it holds a shared lock on the folder that it writes to. The system
takes the lock from a process that ends, however it ends. So whoever gets the lock alone knows that what lies
there unfinished is of the dead.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = ".banc-export-"
"""Of a hidden folder, in which TensorBoard sees no events and ``wandb sync`` no runs."""


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """An empty folder in ``folder``, gone afterwards. What dead exports left in ``folder`` goes first.

    While another export writes to ``folder``, nothing of anybody's is removed; nor where the file system has
    no locks of folders, as NFS.

    Raises:
        OSError: the file system refuses.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if _locked(handle, fcntl.LOCK_EX | fcntl.LOCK_NB):
            for left in folder.glob(f"{PREFIX}*"):
                shutil.rmtree(left, ignore_errors=True)
        _locked(handle, fcntl.LOCK_SH)
        with tempfile.TemporaryDirectory(
            prefix=PREFIX, dir=folder.resolve(), ignore_cleanup_errors=True
        ) as begun:
            yield Path(begun)
    finally:
        os.close(handle)


def is_staging(path: Path) -> bool:
    """Whether an export has made, or had made, something here."""
    return path.name.startswith(PREFIX)


def _locked(handle: int, how: int) -> bool:
    try:
        fcntl.flock(handle, how)
    except OSError:
        return False
    return True
