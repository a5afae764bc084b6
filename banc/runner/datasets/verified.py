"""The files of a published form, from disk, each byte verified.

In: the folder of data and a form that is there. Out: the bytes of each file. Nothing is unpacked to disk,
and nothing looked into before its digest was checked.
"""

from __future__ import annotations

import gzip
import hashlib
import tarfile
import zlib
from pathlib import Path

from banc.errors import BancError
from banc.runner.datasets.published import PUBLICATIONS, Form, Published

GZ = ".gz"

_DAMAGED = (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError)


def is_there(folder: Path, form: Form) -> bool:
    """Whether any file of this form is on disk."""
    names = [form.archive] if form.archive else [file.path + GZ for file in form.files]
    return any((folder / name).is_file() for name in [*(file.path for file in form.files), *names])


def verified(folder: Path, form: Form) -> dict[Published, bytes]:
    """Reads every file: unpacked where one of them is, otherwise from the archive.

    Raises:
        BancError: a file is missing, cut short, altered or another one than its name says.
    """
    archive = folder / form.archive if form.archive else None
    if archive is not None and not any((folder / file.path).is_file() for file in form.files):
        contents = {
            file: (f"{archive}`, `{file.path}", data) for file, data in _members(archive, form).items()
        }
    else:
        contents = {file: _contents(folder / file.path) for file in form.files}
    for file, (where, data) in contents.items():
        _verify(file, where, data)
    return {file: data for file, (_, data) in contents.items()}


def _contents(path: Path) -> tuple[str, bytes]:
    """A file, or its compressed form where that stands in its place; and which of them it was."""
    packed = path.with_name(path.name + GZ)
    if path.is_file():
        return str(path), path.read_bytes()
    if not packed.is_file():
        raise BancError(
            f"`{path}` is missing, and other files of this data set are there",
            hint="unpack or copy all of them again; with none of them there, banc downloads them",
        )
    try:
        return str(packed), gzip.decompress(packed.read_bytes())
    except _DAMAGED as error:
        raise _damaged(packed, error) from error


def _members(archive: Path, form: Form) -> dict[Published, bytes]:
    """The wanted files of an archive, in one pass over it."""
    wanted = {file.path: file for file in form.files}
    contents: dict[Published, bytes] = {}
    try:
        with tarfile.open(archive, "r|gz") as members:
            for member in members:
                file = wanted.get(member.name.removeprefix("./"))
                content = members.extractfile(member) if file and member.isfile() else None
                if file and content:
                    contents[file] = content.read()
    except _DAMAGED as error:
        raise _damaged(archive, error) from error
    if missing := [file.path for file in form.files if file not in contents]:
        raise BancError(
            f"`{archive}` does not hold `{missing[0]}`",
            hint="it is not the archive that its name says; delete it, or put the right one in its place",
        )
    return contents


def _verify(file: Published, where: str, data: bytes) -> None:
    algorithm, expected = file.digest.split(":")
    digest = hashlib.new(algorithm, data, usedforsecurity=False).hexdigest()
    if digest == expected:
        return
    hint = "it is incomplete or was altered; delete it and get it again"
    for publication in PUBLICATIONS.values():
        for form in publication.forms:
            for other in form.files:
                if other.digest == f"{algorithm}:{digest}":
                    hint = f"it holds what {publication.title} calls `{other.path}`; put that file there"
    raise BancError(
        f"`{where}` is not the published file: its {algorithm.upper()} is `{digest}`, expected `{expected}`",
        hint=hint,
    )


def _damaged(path: Path, error: Exception) -> BancError:
    reason = str(error).rstrip(".").lower() or "it ends too early"
    return BancError(
        f"`{path}` is cut short or damaged: {reason}", hint="delete it and download or copy it again"
    )
