"""What ran and is not recorded in DVC yet: of which inputs, and which files.

In: a workspace and a stage. Out: a file in ``.banc/made/<address>.json``. Whoever starts a stage without DVC
writes down the digests of its inputs and names that file in ``BANC_MADE_OF``. The stage looks whether it
finds these inputs (``runner.process.inputs``), and adds which files it has written, before it publishes them.
A file keeps its inode, size and time of change when it is renamed, so these three say later whether the
outputs that are there are the ones that were made of those inputs. So a stage that ended, and whose starter
was killed before it told DVC, need not run again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from attrs import frozen

from banc.paths import PRIVATE, write_atomically
from banc.stage.kinds import Address

FOLDER = f"{PRIVATE}/made"

MADE_OF = "BANC_MADE_OF"
"""Set for a stage that is to say what it made: a JSON file of what its inputs are, by path."""

Identity = tuple[int, int, int]
"""Inode, size in bytes, and time of change in nanoseconds."""


Version = tuple[int, int, int, int]
"""Of an input: inode, size in bytes, and in nanoseconds when its content, and when anything of it, was
changed. While they stay, so do its bytes."""


@frozen
class Announced:
    """What whoever starts a stage has found its inputs to be."""

    inputs: Mapping[str, str]
    """MD5s, by path."""
    versions: Mapping[str, Version]
    """Of before they were digested, by path."""


@frozen
class Made:
    """What one run of a stage has made."""

    inputs: Mapping[str, str]
    """MD5s of what it read, by path."""
    outputs: Mapping[str, Identity]
    """By the file's name in the stage's folder."""


def versions(root: Path, paths: Iterable[str]) -> dict[str, Version]:
    """What those of ``paths`` are now that are there."""
    found = {}
    for path in paths:
        with suppress(FileNotFoundError, NotADirectoryError):
            there = (root / path).stat()
            found[path] = (there.st_ino, there.st_size, there.st_mtime_ns, there.st_ctime_ns)
    return found


def announce(root: Path, address: Address, inputs: Announced) -> dict[str, str]:
    """Removes the record of an earlier run.

    Returns:
        What the environment of the stage must hold, for ``note`` to be asked.

    Raises:
        BancError: the disk refuses.
    """
    forget(root, address)
    path = root / FOLDER / f"{address}.inputs.json"
    write_atomically(path, json.dumps({"inputs": inputs.inputs, "versions": inputs.versions}))
    return {MADE_OF: str(path)}


def announced() -> Announced | None:
    """What the starter of this process has announced; None: nobody asks what is made.

    Raises:
        OSError: what the starter wrote is gone.
    """
    of = os.environ.get(MADE_OF)
    if not of:
        return None
    content = json.loads(Path(of).read_text(encoding="utf-8"))
    seen = {path: (a, b, c, d) for path, (a, b, c, d) in content["versions"].items()}
    return Announced(content["inputs"], seen)


def note(root: Path, address: Address, folder: Path) -> None:
    """Writes down what stands in ``folder``, which is about to be published, if the starter wants it.

    Raises:
        BancError: the disk refuses.
        OSError: what the starter wrote is gone.
    """
    if of := announced():
        write_made(root, address, of.inputs, folder)


def write_made(root: Path, address: Address, inputs: Mapping[str, str], folder: Path) -> None:
    """Writes down that what stands in ``folder``, which is about to be published, was made of ``inputs``.

    Raises:
        BancError: the disk refuses.
    """
    outputs = {path.name: _identity(path) for path in sorted(folder.iterdir())}
    write_atomically(root / FOLDER / f"{address}.json", json.dumps({"inputs": inputs, "outputs": outputs}))


def as_it_stands(root: Path, inputs: Mapping[str, str], outputs: Iterable[str]) -> Made:
    """What has just been made, without a note: the files ``outputs``, paths in the workspace, of ``inputs``.

    Raises:
        OSError: one is not there.
    """
    return Made(inputs, {os.path.basename(path): _identity(root / path) for path in outputs})


def read_made(root: Path, address: Address) -> Made | None:
    """What the last run of a stage that DVC did not start has made; None where nobody knows."""
    path = root / FOLDER / f"{address}.json"
    try:
        if not path.is_file():  # a pipe would keep who reads waiting
            return None
        content = json.loads(path.read_text(encoding="utf-8"))
        return Made(
            {str(path): str(md5) for path, md5 in content["inputs"].items()},
            {str(name): (int(a), int(b), int(c)) for name, (a, b, c) in content["outputs"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None  # damaged is none: the stage runs again


def stands(root: Path, made: Made, outputs: Iterable[str]) -> bool:
    """Whether ``outputs``, paths in the workspace, are the very files that were made."""
    try:
        return {os.path.basename(path): _identity(root / path) for path in outputs} == made.outputs
    except OSError:
        return False


def forget(root: Path, address: Address) -> None:
    """Removes what was written down: DVC has it, or it no longer counts."""
    for name in (f"{address}.json", f"{address}.inputs.json"):
        (root / FOLDER / name).unlink(missing_ok=True)


def _identity(path: Path) -> Identity:
    there = path.stat()
    return there.st_ino, there.st_size, there.st_mtime_ns
