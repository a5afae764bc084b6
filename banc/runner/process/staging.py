"""Where a stage writes until it is done, and how what it wrote is published.

In: a workspace, a stage and its address. Out: the stage's folder, whole or not at all.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from banc.paths import PRIVATE
from banc.stage import files
from banc.stage.kinds import Address, Stage, Table


@contextmanager
def staging(root: Path, address: Address) -> Iterator[Path]:
    """An empty folder, gone afterwards. What a killed run left there goes first."""
    folder = root / PRIVATE / "tmp" / address
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(root: Path, stage: Stage, folder: Path) -> None:
    """Moves what stands in ``folder`` to where the stage's outputs belong.

    A reader sees the old outputs, or the new ones, or for an instant none: never both or a half.
    """
    names = files.writes(stage)
    assert sorted(path.name for path in folder.iterdir()) == sorted(names), folder
    for path in (*(folder / name for name in names), folder):
        to_disk(path)
    target = root / files.folder(stage)
    if isinstance(stage, Table):
        # Other files in `results/<name>/` are a person's.
        target.mkdir(parents=True, exist_ok=True)
        for name in names:
            os.replace(folder / name, target / name)
        to_disk(target)
        return
    target.parent.mkdir(exist_ok=True)
    old = folder.with_name(f"{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        os.rename(target, old)
    os.rename(folder, target)
    to_disk(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def to_disk(path: Path) -> None:
    """Returns when a file's or a folder's content would survive a power failure."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
