"""Files with the digest that DVC has of them.

In: paths. Out: size and MD5, as DVC takes it over a file's bytes. A file that was digested before and is
unchanged is not read again (``state.memory``).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from banc.digest import file_md5
from banc.errors import BancError
from banc.state.memory import Memory
from banc.state.state import File

_EXECUTABLE = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH


def files(memory: Memory, root: Path, paths: Iterable[str]) -> dict[str, File]:
    """Those of ``paths`` that exist, whatever they are.

    Raises:
        BancError: a file cannot be read.
    """
    there = {}
    folder = str(root)
    for path in paths:
        try:
            status = os.stat(f"{folder}/{path}")
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise _unreadable(path, error) from error
        if not stat.S_ISREG(status.st_mode):
            there[path] = File(None)
            continue
        try:
            md5 = str(memory.recall("md5", path, status, file_md5))
        except FileNotFoundError:
            continue  # it has just gone
        except OSError as error:
            raise _unreadable(path, error) from error
        there[path] = File(md5, status.st_size, bool(status.st_mode & _EXECUTABLE))
    return there


def _unreadable(path: str, error: OSError) -> BancError:
    return BancError(f"cannot read `{path}`: {(error.strerror or 'no reason given').lower()}")
