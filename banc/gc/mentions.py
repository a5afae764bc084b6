"""Which cached files a text of DVC's names: a ``dvc.lock``, or the ``.dvc`` file of a person's own data.

In: text. Out: MD5s by stage. It errs towards too many: whatever looks like an MD5 counts, as an input, too,
and what stands below no stage is somebody's. What is named is not deleted.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

Mentions = dict[str, set[str]]
"""MD5s by the stage's name; the empty name stands for what belongs to no stage."""

_STAGE = re.compile(r"  (?P<name>[^\s:]+):\s*")
_DIGEST = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])(?:\.dir)?")
_LOCK = "dvc.lock"


def is_lock(path: str) -> bool:
    return PurePosixPath(path).name == _LOCK


def is_record(path: str) -> bool:
    """Whether DVC keeps digests in such a file."""
    return is_lock(path) or path.endswith(".dvc")


def mentions(text: str, *, lock: bool) -> Mentions:
    """The MD5s in ``text``, those of folders with ``.dir`` behind."""
    digests: Mentions = {}
    stage = ""
    for line in text.splitlines():
        if lock and (match := _STAGE.fullmatch(line)):
            stage = match["name"]
        elif line[:1].strip():
            stage = ""
        for digest in _DIGEST.findall(line):
            digests.setdefault(stage, set()).add(digest)
    return digests
