"""What DVC has recorded outlives a call of DVC's that fails in the middle.

In: a workspace and ``dvc.lock`` files that DVC is about to write. Out: the same files, whole. DVC empties a
lock and writes it anew, all of it: where the disk is full by then, or the machine dies, half of it is left,
and what else it said is lost. So a copy stands in ``.banc/recording/`` meanwhile. It takes its room first,
and goes back by a rename, which needs none.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Set
from contextlib import suppress
from pathlib import Path

from banc.paths import PRIVATE, write_bytes_atomically
from banc.state.lock_text import stages_of

FOLDER = f"{PRIVATE}/recording"


def keep_locks(root: Path, locks: Iterable[str]) -> None:
    """Copies ``locks``, paths in the workspace ``root``, as far as they are there and whole.

    Raises:
        BancError: there is no room for the copies.
    """
    for lock in locks:
        with suppress(FileNotFoundError):
            text = (root / lock).read_bytes()
            if text.endswith(b"\n"):
                write_bytes_atomically(root / FOLDER / lock, text)


def forget_copies(root: Path, locks: Iterable[str]) -> None:
    """Removes the copies: all went well."""
    for lock in locks:
        (root / FOLDER / lock).unlink(missing_ok=True)


def put_back(root: Path, locks: Iterable[str]) -> None:
    """Puts back each of ``locks`` that is half, or lacks a stage that it had; removes the other copies."""
    for lock, copy in _copies(root, locks):
        before, after = _stages(copy), _stages(root / lock)
        if before is None or (after is not None and before <= after):
            copy.unlink()
        else:
            os.replace(copy, root / lock)


def put_back_half(root: Path) -> None:
    """Puts back what is half since a machine died. What lacks a stage may since have been a person's wish.

    Nobody else may be at work in the workspace.
    """
    folder = root / FOLDER
    there = [path.relative_to(folder).as_posix() for path in folder.rglob("dvc.lock")]
    for lock, copy in _copies(root, there):
        if _stages(copy) is None or _stages(root / lock) is not None:
            copy.unlink()
        else:
            os.replace(copy, root / lock)


def _copies(root: Path, locks: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """Locks that have a copy, with it; the copy of one that is gone goes."""
    for lock in locks:
        copy = root / FOLDER / lock
        if copy.is_file() and not (root / lock).is_file():
            copy.unlink()
        elif copy.is_file():
            yield lock, copy


def _stages(lock: Path) -> Set[str] | None:
    """The names of a lock's stages; None where it is half. DVC's last act is the end of a line."""
    try:
        text = lock.read_bytes()
        return stages_of(text.decode()).keys() if text.endswith(b"\n") else None
    except ValueError:
        return None
