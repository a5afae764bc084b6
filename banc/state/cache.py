"""What DVC's cache holds: the bytes of outputs, and the runs that gave them.

In: DVC's cache folder. Nothing is changed: what DVC would delete as damaged counts as absent.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from banc.digest import file_md5
from banc.errors import BancError
from banc.stage.kinds import Address
from banc.state.memory import Memory
from banc.state.records import read_run, stage_of_run
from banc.state.state import Entry

PROTECTED = 0o444
"""The mode of a file that DVC put into its cache. One of another mode it digests before it believes it."""


def objects_folder(cache: Path) -> str:
    """Where the bytes lie, by MD5: two digits, a slash, the others."""
    return os.path.join(cache, "files", "md5")


def cached(memory: Memory, cache: Path, digests: Iterable[str]) -> frozenset[str]:
    """Those of ``digests`` whose bytes the cache has."""
    folder = objects_folder(cache)
    return frozenset(md5 for md5 in digests if _has(memory, os.path.join(folder, md5[:2], md5[2:]), md5))


def _has(memory: Memory, path: str, md5: str) -> bool:
    try:
        there = os.stat(path)
        if stat.S_IMODE(there.st_mode) == PROTECTED:
            return True
        return stat.S_ISREG(there.st_mode) and memory.recall("md5", path, there, file_md5) == md5
    except OSError:
        return False


def runs(memory: Memory, cache: Path, wanted: Collection[Address]) -> dict[Address, dict[str, Entry]]:
    """The run cache's entries of the ``wanted`` stages, by key: of several under one key the newest."""
    entries: dict[Address, dict[str, Entry]] = {}
    if not wanted:
        return entries
    for key, path, there in _newest(cache / "runs"):
        address = Address(stage_of_run(memory, path, there))
        if address in wanted and (entry := read_run(memory, path, there)) is not None:
            entries.setdefault(address, {})[key] = entry
    return entries


def run_files(cache: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Every file of the run cache, those that DVC does not look at as well."""
    for _, files in _keys(cache / "runs"):
        yield from files


def runs_under(cache: Path, key: str) -> list[str]:
    """The files in which the run cache holds runs by this key."""
    folder = os.path.join(cache, "runs", key[:2], key)
    try:
        return sorted(file.path for file in os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _newest(folder: Path) -> Iterator[tuple[str, str, os.stat_result]]:
    """Each key with its newest file: DVC looks at no other."""
    for key, files in _keys(folder):
        path, there = max(files, key=lambda file: file[1].st_mtime)
        yield key, path, there


def _keys(folder: Path) -> Iterator[tuple[str, list[tuple[str, os.stat_result]]]]:
    """Each key with its files, if it has any."""
    try:
        for first in os.scandir(folder):
            if first.is_dir():
                for key in os.scandir(first.path):
                    if key.is_dir():
                        files = [(file.path, file.stat()) for file in os.scandir(key.path)]
                        if files:
                            yield key.name, files
    except FileNotFoundError:
        return
    except OSError as error:
        raise BancError(
            f"cannot read DVC's cache in `{folder}`: {(error.strerror or 'no reason given').lower()}"
        ) from error
