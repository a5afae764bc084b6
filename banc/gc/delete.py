"""Deletes garbage, so that whoever kills it leaves nothing half-deleted in sight.

In: garbage, as ``gc.garbage`` found it. Out: nothing of it. A run's folder is renamed into ``.banc/tmp/``
first: for DVC it is there, whole, or gone. Then its objects in the cache go, and at last the entries of the
run cache, by which a second call finds objects that a first one did not come to. No link is followed.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from banc import paths
from banc.errors import BancError
from banc.gc.garbage import Garbage, Item
from banc.gc.inventory import GARBAGE
from banc.stage.kinds import Address


def delete(root: Path, garbage: Garbage, done: Callable[[Item], None]) -> None:
    """Deletes every item that nobody runs or has linked meanwhile, and tells ``done`` of each.

    Raises:
        BancError: the file system refuses. What was deleted before is gone whole.
    """
    trash = root / paths.PRIVATE / "tmp" / f"{GARBAGE}{os.getpid()}"
    try:
        for item in garbage.items:
            with _stage_lock(root, item.address) as free:
                if free and not _is_linked(root, item):
                    _delete(item, trash)
                    done(item)
    except OSError as error:
        if error.errno == errno.EXDEV:
            raise BancError(
                f"`{error.filename}` and `{error.filename2}` lie on different file systems",
                hint="runs are moved out of sight whole: keep `.banc` and `runs` on one file system",
            ) from error
        raise BancError(
            f"cannot delete `{error.filename}`: {(error.strerror or 'no reason given').lower()}",
            hint="what came before it is deleted, and the rest is untouched; call again to go on",
        ) from error
    finally:
        with suppress(OSError):
            trash.rmdir()


def _delete(item: Item, trash: Path) -> None:
    for number, tree in enumerate(filter(None, (item.folder, *item.private))):
        trash.mkdir(parents=True, exist_ok=True)
        away = trash / str(number)
        with suppress(FileNotFoundError):
            os.rename(tree.path, away)
        if away.is_dir() and not away.is_symlink():
            shutil.rmtree(away)
        else:
            away.unlink(missing_ok=True)
    for file in item.objects:
        file.path.unlink(missing_ok=True)
    for file in item.runs:
        file.path.unlink(missing_ok=True)
        # The folders of the key, if they are empty.
        with suppress(OSError):
            file.path.parent.rmdir()
            file.path.parent.parent.rmdir()


def _is_linked(root: Path, item: Item) -> bool:
    """Whether somebody linked the stage since it was found to be garbage. A draft is garbage all the same."""
    return not item.draft and any((root / paths.PIPELINES).glob(f"*/{item.address}.json"))


@contextmanager
def _stage_lock(root: Path, address: Address | None) -> Iterator[bool]:
    """Holds the stage's lock, if it ever had one; False where somebody else does.

    The lock's file stays: of two processes that opened it before and after it is deleted, both would hold it.
    """
    path = root / paths.PRIVATE / "locks" / f"{address}.lock"
    if address is None or not path.exists():
        yield True
        return
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
