"""A workspace in which a stage can run without touching what the real one holds.

In: a workspace. Out: a folder that has everything of it but its runs, through links, and that is gone
afterwards. Nothing follows a link in order to write or delete.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import current_thread, main_thread
from types import FrameType

from banc import paths
from banc.stage import files
from banc.stage.kinds import Stage

FOLDER = "verify"
"""In ``.banc/``, with a folder for each process."""

_OURS = (paths.PRIVATE, paths.RUNS, paths.RESULTS)
_ENDING = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def scratch(root: Path) -> Iterator[Path]:
    """An empty workspace, deleted however this process is asked to end."""
    folder = root / paths.PRIVATE / FOLDER / str(os.getpid())
    shutil.rmtree(folder, ignore_errors=True)  # an older process that was killed had this number
    with _ending_cleans_up():
        try:
            (folder / paths.RUNS).mkdir(parents=True)
            for path in root.iterdir():
                # A person's own networks and data: whatever a parameter file may name.
                if path.name not in _OURS:
                    (folder / path.name).symlink_to(path)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            with suppress(OSError):  # another process verifies
                folder.parent.rmdir()


@contextmanager
def furnished(root: Path, folder: Path, stage: Stage) -> Iterator[None]:
    """Gives the workspace ``folder`` the inputs of ``stage``; takes them and what it wrote away again."""
    runs = folder / paths.RUNS
    try:
        for address in files.parents(stage):
            (folder / files.folder(address)).symlink_to(root / files.folder(address))
        yield
    finally:
        for path in runs.iterdir():
            path.unlink() if path.is_symlink() else shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _ending_cleans_up() -> Iterator[None]:
    """Lets signals that would end this process on the spot leave it by the usual way."""
    if current_thread() is not main_thread():
        yield
        return
    caught = [number for number in _ENDING if signal.getsignal(number) == signal.SIG_DFL]
    for number in caught:
        signal.signal(number, _leave)
    try:
        yield
    finally:
        for number in caught:
            signal.signal(number, signal.SIG_DFL)


def _leave(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)
