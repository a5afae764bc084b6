"""A folder that gets all files of an export, or none.

In: where it is to be. Out: an empty folder to write into, whose files are moved into place when all of them
are there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from banc.errors import BancError, UsageError
from banc.export.staging import is_staging, staging

OURS = ("README.md", "config.json", "model.safetensors", "model-*.safetensors", "model.pt2")
"""The files of an export. ``force`` replaces or removes these, and leaves everything else."""

MARK = "banc_export"
"""The key of ``config.json`` by which an earlier export is known."""


def check_folder(folder: Path, *, force: bool) -> None:
    """Refuses a place where an export would overwrite something.

    Raises:
        UsageError: it is no folder; it is not empty, without ``force``; or ``force`` would replace files
            that are of no export.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"`{folder}` is no folder", hint="name a new folder, or an empty one")
    if folder.is_dir() and not force and any(not is_staging(path) for path in folder.iterdir()):
        raise UsageError(
            f"`{folder}` is not empty",
            hint="name a new folder; `--force` replaces an earlier export there, and leaves other files",
        )
    if (ours := _ours(folder)) and not _is_export(folder):
        raise UsageError(
            f"`{ours[0]}` is of no earlier export",
            hint="`--force` replaces only what banc exported: name another folder, or move the file away",
        )


@contextmanager
def whole_folder(folder: Path, *, force: bool) -> Iterator[Path]:
    """An empty folder. What is written into it is in ``folder`` afterwards; after an exception, nothing is.

    Raises:
        UsageError: as ``check_folder``.
        BancError: the file system refuses.
    """
    check_folder(folder, force=force)
    folder = Path(os.path.abspath(folder))
    try:
        with staging(folder if folder.is_dir() else folder.parent) as place:
            begun = place / folder.name  # one that has the usual rights
            begun.mkdir()
            yield begun
            _publish(begun, folder)
    except OSError as error:
        where = error.filename or folder
        raise BancError(
            f"nothing was exported: {(error.strerror or str(error)).lower()}: `{where}`",
            hint="free space or permissions are missing there",
        ) from error


def _publish(begun: Path, folder: Path) -> None:
    if not folder.is_dir():
        os.rename(begun, folder)
        return
    written = {path.name for path in begun.iterdir()}
    for path in _ours(folder):
        if path.name not in written:
            path.unlink()
    for name in sorted(written):
        os.replace(begun / name, folder / name)


def _ours(folder: Path) -> list[Path]:
    """The files in ``folder`` that have names of an export's files."""
    return [path for pattern in OURS for path in sorted(folder.glob(pattern))]


def _is_export(folder: Path) -> bool:
    try:
        value = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(value, dict) and MARK in value
