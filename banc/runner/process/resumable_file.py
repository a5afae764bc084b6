"""A file that is written over a long time, a part after the other, and outlives who writes it.

In: parts, in order. Out: a file in a stage's draft, and from the first checkpoint on a second name for it
beside the checkpoints, since a draft goes with its process. A checkpoint says how many bytes of it count,
and their digest; what a dying process wrote after them is cut off.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from banc.runner.process.checkpoints import Checkpoints

BLOCK = 1 << 20
"""Bytes that are read at once."""


class ResumableFile:
    """What is in the file so far."""

    def __init__(self, kept: Path, made_with: dict[str, str]) -> None:
        """Nothing. ``kept`` is the file's second name."""
        self.items = 0
        """Number of items written so far; the caller counts them."""
        self.size = 0
        """Bytes."""
        self._digest = hashlib.sha256()
        self._kept, self._made_with = kept, made_with
        self._file: IO[bytes] | None = None

    @contextmanager
    def opened(self, path: Path) -> Iterator[None]:
        """Parts go to ``path`` from now on, behind what is there."""
        with path.open("r+b") as self._file:
            self._file.truncate(self.size)
            self._file.seek(self.size)
            yield

    def append(self, part: bytes | memoryview, items: int = 0) -> None:
        """Writes ``part``, which is about so many items."""
        assert self._file is not None
        self._file.write(part)
        self._digest.update(part)
        self.size += len(part)
        self.items += items

    def pack(self) -> bytes:
        """Brings everything to the disk, and says what is there."""
        assert self._file is not None
        self._file.flush()
        os.fsync(self._file.fileno())
        if not self._kept.exists():
            os.link(self._file.name, self._kept)
        facts = {
            "items": self.items,
            "size": self.size,
            "digest": self._digest.hexdigest(),
            "made_with": self._made_with,
        }
        return json.dumps(facts).encode()

    def unpack(self, content: bytes) -> bool:
        """Goes on after what ``pack`` described.

        Returns:
            False where the file is no longer what it was, or where other numbers than now were computed
            with: half a file takes less time than to explain why its halves differ.
        """
        facts = json.loads(content)
        if facts["made_with"] != self._made_with or not self._kept.exists():
            return False
        digest = hashlib.sha256()
        with self._kept.open("rb") as file:
            for start in range(0, facts["size"], BLOCK):
                digest.update(file.read(min(BLOCK, facts["size"] - start)))
        if digest.hexdigest() != facts["digest"]:
            return False
        self.items, self.size, self._digest = facts["items"], facts["size"], digest
        return True


@contextmanager
def resumable_file(
    path: Path, checkpoints: Checkpoints, made_with: dict[str, str]
) -> Iterator[ResumableFile]:
    """The file ``path``, with what the stage's checkpoints say is in it already."""
    kept = checkpoints.folder / path.name
    grown = ResumableFile(kept, made_with)
    if checkpoints.load(grown.unpack):
        os.link(kept, path)
    else:
        kept.unlink(missing_ok=True)
        path.touch()
    with grown.opened(path):
        yield grown
