"""Which bytes a run of a stage reads: its checkpoints say so, and what it made counts only if they stayed.

In: the paths of a stage's inputs, and what its starter announced of them. Out: their MD5s, and an error where
one has changed. What is in them is not known here.

A file is known by its inode, size and times of change. So one is read here only if nobody has said which
bytes these are: ``banc repro`` has, and so has a checkpoint of an earlier run. Under ``dvc repro``, which
says nothing, a training that begins digests its teachers' outputs, and one that goes on does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from banc.digest import Json, file_md5
from banc.errors import BancError
from banc.stage.made import Announced, Version, versions

_HINT = "leave files in `runs/` alone while stages run; `dvc repro` or `banc repro` runs it again"


class InputChanged(BancError):
    """An input is no longer what it was when the stage began."""


class Inputs:
    """The files that one run of a stage reads."""

    def __init__(self, root: Path, paths: Iterable[str] = (), announced: Announced | None = None) -> None:
        """Looks at the files; to be called before the stage reads any of them.

        Args:
            announced: what the starter has found them to be, if it said so.

        Raises:
            InputChanged: one is missing, or no longer what was announced.
        """
        self._root = root
        known = announced or Announced({}, {})
        wanted = sorted({*paths, *known.inputs})
        self._seen = versions(root, wanted)
        self._md5: dict[str, str] = {}
        for path in wanted:
            if path not in self._seen:
                raise _begun_after_change(path)
        for path, md5 in known.inputs.items():
            if self._seen[path] != known.versions.get(path) and self._digest(path) != md5:
                raise _begun_after_change(path)
            self._md5[path] = md5

    def digests(self) -> dict[str, Json]:
        """MD5 and version of each, by path. What nobody has digested yet is read.

        Raises:
            InputChanged: one is no longer what it was when the stage began.
        """
        for path in self._seen:
            if path not in self._md5:
                self._md5[path] = self._digest(path)
        return {path: [self._md5[path], *seen] for path, seen in self._seen.items()}

    def other_than(self, before: dict[str, Json]) -> str:
        """The path of an input that is not what it was when an earlier run called ``digests``; empty: none.

        Raises:
            InputChanged: one is no longer what it was when the stage began.
        """
        if odd := sorted(before.keys() ^ self._seen.keys()):
            return odd[0]
        for path, (md5, *version) in before.items():
            seen = self._seen[path]
            if path not in self._md5:
                if version[1] != seen[1]:
                    return path
                self._md5[path] = md5 if tuple(version) == seen else self._digest(path)
            if self._md5[path] != md5:
                return path
        return ""

    def hold(self) -> None:
        """Raises where one is no longer what it was when the stage began.

        Written in place it counts as changed even if its bytes are the same now: a store is mapped, and what
        was read of it meanwhile nobody knows. Replaced by a file of the same bytes, as DVC does when it links
        to its cache, it is the same.

        Raises:
            InputChanged: that is so.
        """
        there = versions(self._root, self._seen)
        for path, seen in self._seen.items():
            now = there.get(path)
            if now == seen:
                continue
            if now is None or not self._is_same(path, seen, now):
                raise InputChanged(
                    f"input `{path}` was changed while this stage ran, so what it made counts for nothing",
                    hint=_HINT,
                )
            self._seen[path] = now

    def _is_same(self, path: str, seen: Version, now: Version) -> bool:
        if seen[:3] != now[:3] and (seen[0] == now[0] or path not in self._md5):
            return False
        # Where nothing but the mode or the number of links was changed, an undigested one is believed to be
        # the same, as by DVC.
        return path not in self._md5 or file_md5(self._root / path) == self._md5[path]

    def _digest(self, path: str) -> str:
        md5 = file_md5(self._root / path)
        if versions(self._root, [path]).get(path) != self._seen[path]:
            raise _begun_after_change(path)
        return md5


def _begun_after_change(path: str) -> InputChanged:
    return InputChanged(
        f"input `{path}` was changed as this stage began",
        hint=_HINT,
    )
