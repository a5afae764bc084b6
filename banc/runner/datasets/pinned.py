"""A user's own files: their digest, and what to say where a spec has another.

In: a folder and the files in it that count. Out: nothing, or a refusal that prints the digest found.

The digest is the SHA-256 of what ``sha256sum`` prints for the files, ordered by the bytes of their names:
it can be had without banc. That text, kept in the folder as ``SHA256SUMS``, lets a refusal name the files.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from banc.config.data import UserData
from banc.digest import file_digest
from banc.errors import BancError

SUMS = "SHA256SUMS"


def pinned(source: UserData, folder: Path, names: Sequence[str]) -> None:
    """Holds the files ``names`` in ``folder`` to ``source.sha256``.

    Raises:
        BancError: the spec has no digest, or another one.
    """
    for name in names:
        if "\n" in name or "\\" in name:
            raise BancError(
                f"`{name!r}` in `{source.path}` has a line break or a backslash in its name",
                hint="rename it, and take the digest again",
            )
    lines = [f"{file_digest(folder / name)}  {name}" for name in sorted(names, key=os.fsencode)]
    digest = _digest_of(lines)
    if digest == source.sha256:
        return
    if source.sha256 is None:
        raise BancError(
            f"the spec does not say which files in `{source.path}` are meant: `data` has no `sha256`",
            hint=f'if what lies there now is right, add  sha256 = "{digest}"',
        )
    raise BancError(
        f"the files in `{source.path}` are not those of the spec: their digest is `{digest}`, "
        f"expected `{source.sha256}`{_changed(folder / SUMS, lines, source.sha256)}",
        hint="restore them; or, if they were changed on purpose, write the new digest into the spec",
    )


def _digest_of(lines: Sequence[str]) -> str:
    return hashlib.sha256(os.fsencode("".join(f"{line}\n" for line in lines))).hexdigest()


def _changed(sums: Path, lines: Sequence[str], expected: str) -> str:
    """Which files differ, where the sums that the spec means were kept."""
    try:
        text = sums.read_bytes()
    except OSError:
        return ""
    if hashlib.sha256(text).hexdigest() != expected:
        return ""
    before, now = (
        {line[66:]: line[:64] for line in listing}
        for listing in (os.fsdecode(text).removesuffix("\n").split("\n"), lines)
    )
    differ = sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
    first = differ[0]
    what = "altered" if first in before and first in now else "missing" if first in before else "new"
    others = f", and {len(differ) - 1} more differ" if differ[1:] else ""
    return f"; `{first}` is {what}{others}"
