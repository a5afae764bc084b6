"""What DVC wrote down of a stage when it ended, against what is there now.

In: ``dvc.lock`` beside the ``dvc.yaml`` that holds the stage, and the files that it names. Out: edits.
The MD5 in it is that of a file's bytes. It detects accidental edits, not forgery: someone
who writes a matching lock is found only by a replay.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from attrs import frozen

from banc import paths
from banc.digest import file_md5
from banc.errors import BancError
from banc.stage import files
from banc.stage.kinds import Address, Stage, Table
from banc.state.lock_text import damaged, stages_of
from banc.state.memory import Memory
from banc.verify.traces import traces
from banc.verify.verdict import Edit

LOCK = "dvc.lock"


@frozen
class Entry:
    """What one lock says of one stage."""

    lock: str
    """The lock, relative to the workspace."""
    content: dict[str, Any]
    """``cmd``, ``params``, ``deps`` and ``outs``."""


class Locks:
    """The locks of a workspace. Each is parsed once, each file digested once."""

    def __init__(self, root: Path) -> None:
        """Reads nothing yet."""
        self._root, self._memory = root, Memory(root)
        self._locks: dict[str, dict[str, Any]] = {}
        self._found: dict[str, str] = {}

    def entry(self, address: Address, parameters: Path) -> Entry | None:
        """What is written down of a stage whose parameter file is ``parameters``, relative to the workspace.

        Raises:
            BancError: the lock is damaged.
        """
        where = _lock_of(address, parameters)
        recorded = self._lock(where).get(address)
        if recorded is None:
            # A stage that moved to another group has its entry beside the old one, until DVC looks at it.
            for other, stages in self._all().items():
                if address in stages:
                    return Entry(other, _checked(other, address, stages[address]))
            return None
        return Entry(where, _checked(where, address, recorded))

    def removed(self, address: Address, stage: Stage, parameters: Path) -> Iterator[Edit]:
        """Of a stage without an entry: that it had one, if its outputs are there and anyone remembers it.

        Raises:
            BancError: a lock is damaged.
        """
        outputs = {f"{files.folder(stage)}/{name}" for name in files.writes(stage)}
        if not any((self._root / path).is_file() for path in outputs):
            return
        where = _lock_of(address, parameters)
        if trace := traces(self._root, self._memory, address, where, outputs, self._all()):
            yield Edit("entry", where, trace, "no entry of this stage")

    def _lock(self, where: str) -> dict[str, Any]:
        if where not in self._locks:
            self._locks[where] = _load(self._root, where)
        return self._locks[where]

    def _all(self) -> dict[str, dict[str, Any]]:
        """Every lock of the workspace."""
        groups = sorted((self._root / paths.PIPELINES).glob(f"*/{LOCK}"))
        names = [LOCK, *(path.relative_to(self._root).as_posix() for path in groups)]
        return {name: self._lock(name) for name in names}

    def edits(
        self, address: Address, stage: Stage | None, parameters: Path, entry: Entry, file: str | None = None
    ) -> Iterator[Edit]:
        """Everything that differs from ``entry``. For an unreadable stage, only what the entry itself says.

        Args:
            file: where the weights lie that an import reads.
        """
        recorded, command = entry.content, files.command(address, file)
        if recorded["cmd"] != command:
            yield Edit("command", entry.lock, str(recorded["cmd"]), command)
        yield from self._parameters(parameters, entry)
        outputs = {file["path"]: file for file in recorded["outs"]}
        inputs = {file["path"]: file for file in recorded["deps"]}
        wanted = (
            set(outputs) if stage is None else {f"{files.folder(stage)}/{n}" for n in files.writes(stage)}
        )
        for path in sorted(wanted | outputs.keys()):
            yield from self._file("output", path, outputs.get(path), wanted=path in wanted)
        needed = set(inputs) if stage is None else set(files.reads(stage, file))
        for path in sorted(needed | inputs.keys()):
            yield from self._file("input", path, inputs.get(path), wanted=path in needed)

    def _parameters(self, parameters: Path, entry: Entry) -> Iterator[Edit]:
        name = parameters.as_posix()
        # A stage that moved to another group has its parameters under another name, and no other ones.
        recorded = next(iter(entry.content["params"].values()), None)
        try:
            value = json.loads((self._root / parameters).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            value = "no JSON"
        if recorded == value:
            return
        if isinstance(recorded, dict) and isinstance(value, dict):
            for key in sorted(recorded.keys() | value.keys()):
                then, now = (json.dumps(fields.get(key), default=str) for fields in (recorded, value))
                if then != now:
                    yield Edit("parameters", name, f"{key} = {then}", f"{key} = {now}")
        else:
            yield Edit("parameters", name, json.dumps(recorded, default=str), json.dumps(value))

    def _file(
        self, what: Literal["output", "input"], path: str, recorded: dict[str, Any] | None, *, wanted: bool
    ) -> Iterator[Edit]:
        if recorded is None:
            yield Edit(what, path, "not listed", f"an {what} of this stage")
            return
        if not wanted:
            yield Edit(what, path, "listed", f"no {what} of this stage")
            return
        file = self._root / path
        if not file.is_file():
            return  # what is missing is told as missing
        then = f"{recorded.get('size', 'no number of')} bytes, md5 {recorded.get('md5', 'not given')}"
        now = self._found.get(path)
        if now is None:
            # Read now, whatever is remembered of it: an edit need not show in size and time.
            now = self._found[path] = f"{file.stat().st_size} bytes, md5 {file_md5(file)}"
        if then != now:
            yield Edit(what, path, then, now)


def _load(root: Path, where: str) -> dict[str, Any]:
    """The stages of a lock by name; none where there is no such file."""
    try:
        return stages_of((root / where).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BancError(f"cannot read `{where}`: {(error.strerror or 'no reason given').lower()}") from error
    except ValueError as error:
        raise damaged(where) from error


def _lock_of(address: Address, parameters: Path) -> str:
    """The lock beside the ``dvc.yaml`` in which the stage stands."""
    return LOCK if address.startswith(f"{Table.KIND}-") else (parameters.parent / LOCK).as_posix()


def _checked(where: str, address: Address, recorded: Any) -> dict[str, Any]:
    if not isinstance(recorded, dict):
        raise damaged(where, address)
    entry = {"cmd": None, "params": {}, "deps": [], "outs": [], **recorded}
    listed = [entry["deps"], entry["outs"]]
    if not isinstance(entry["params"], dict) or not all(
        isinstance(files_listed, list) for files_listed in listed
    ):
        raise damaged(where, address)
    if not all(
        isinstance(item, dict) and isinstance(item.get("path"), str)
        for files_listed in listed
        for item in files_listed
    ):
        raise damaged(where, address)
    return entry
