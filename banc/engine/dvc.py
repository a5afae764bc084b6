"""What DVC is asked to do: restore stages, make tables, and record what ran without it.

In: stages. Out: DVC's effects, or a line that says why not. DVC is called as a program, one call at a time;
a call for many stages costs little more than one for one, since most of it is DVC's start.

``dvc commit --force`` writes lock, cache and run cache of a stage from the files that are there. Of a table
it would write a run-cache entry, which ``dvc repro`` does not; so DVC runs tables itself, in no time.

For each stage that it is named, ``dvc commit`` reads and writes the whole ``dvc.lock`` again; for a file of
stages it does so once. So it gets a ``dvc.yaml`` of the stages that are to be recorded and of no others, in a
folder outside the workspace, with a link to the true ``dvc.lock`` beside it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

from banc.emit.emit import DVC_YAML
from banc.emit.yaml import escape, yaml
from banc.engine.kept_locks import forget_copies, keep_locks, put_back
from banc.engine.take_back import take_back_others
from banc.errors import BancError, UsageError
from banc.paths import write_atomically
from banc.plan.asked import Asked
from banc.stage.kinds import Address
from banc.stage.made import Made, as_it_stands
from banc.state.digests import files
from banc.state.dvc_config import cache_folder, stages_in_git
from banc.state.memory import Memory

MOST = 1000
"""Stages in one call: a command line has its limits."""

_EMPTY = yaml({"schema": "2.0"})
"""A lock without stages."""


def refuse_unrecordable(root: Path) -> None:
    """Refuses a workspace in which DVC fails at each record, before anything runs in vain.

    Raises:
        UsageError: its path has braces, which DVC would fill in, or is no UTF-8.
    """
    try:
        plain = not set(os.fsencode(root).decode()) & set("{}")
    except UnicodeDecodeError:
        plain = False
    if not plain:
        raise UsageError(
            f"DVC cannot record what runs in `{root}`: the path has braces, or is not UTF-8",
            hint="rename the folder; what ran stays",
        )


class Dvc:
    """DVC in one workspace."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = Lock()

    def repro(self, stages: Sequence[Asked]) -> str:
        """Has DVC restore, or run, exactly these stages, in this order.

        Returns:
            Why one of them failed; empty: none did.
        """
        return self._each("repro", "--single-item", "--keep-going", stages=stages)

    def record(self, stages: Sequence[Asked]) -> str:
        """Records what is there as the outputs of these stages.

        Returns:
            Why DVC refused; empty: it did not.
        """
        if stages_in_git(self._root):  # the link would not be the file that it adds
            return self._each("commit", "--force", "--no-relink", stages=stages)
        groups: dict[str, list[Asked]] = {}
        for stage in stages:
            groups.setdefault(stage.lock, []).append(stage)
        with TemporaryDirectory(prefix="banc-") as folder:
            files = [
                self._alone(Path(folder) / str(number), lock, group)
                for number, (lock, group) in enumerate(groups.items())
            ]
            # Without new links in the workspace: somebody may be reading the files.
            done = self._call(["commit", "--force", "--no-relink", *map(str, files)], groups)
        for lock in groups:
            if (self._root / lock).read_text() == _EMPTY:
                (self._root / lock).unlink()
        return _why(done) if done.returncode else ""

    def make(self, stage: Asked) -> str:
        """Has DVC run a table, or keep it.

        Returns:
            Why that failed; empty: it did not.
        """
        try:
            there = files(Memory(self._root), self._root, stage.inputs)
            inputs = {path: file.md5 for path, file in there.items() if file.md5}
            if why := self.repro([stage]):
                return why
            made = as_it_stands(self._root, inputs, stage.outputs)
            return self.take_back_others([(stage, made)]).get(stage.address, "")
        except (BancError, OSError) as error:
            return str(error)

    def take_back_others(self, recorded: Iterable[tuple[Asked, Made]]) -> dict[Address, str]:
        """Takes back what DVC has recorded of stages as made of, or as being, other files than it was.

        Returns:
            By stage, why.

        Raises:
            BancError: a lock cannot be read or written.
            OSError: an entry of the run cache cannot be deleted.
        """
        with self._lock:
            return take_back_others(self._root, cache_folder(self._root), recorded)

    def link(self, stages: Sequence[Asked]) -> str:
        """Replaces outputs by links into the cache. Nobody may read them now.

        Returns:
            Why DVC refused; empty: it did not.
        """
        return self._each("checkout", "--relink", stages=stages)

    def _alone(self, folder: Path, lock: str, stages: Sequence[Asked]) -> Path:
        """A ``dvc.yaml`` in ``folder`` that has these stages, of one ``lock``, and no others."""
        folder.mkdir()
        there = self._root / lock
        if not there.exists():  # DVC takes a link to nothing for no file
            write_atomically(there, _EMPTY)
        (folder / there.name).symlink_to(there)
        file = folder / DVC_YAML
        file.write_text(yaml({"stages": {stage.address: self._entry(stage) for stage in stages}}))
        return file

    def _entry(self, stage: Asked) -> dict[str, Any]:
        entry = {
            "cmd": escape(stage.command),
            "params": [{stage.parameter_file: None}],
            "deps": [escape(path) for path in stage.inputs],
            "outs": [escape(path) for path in stage.outputs],
            "wdir": str(self._root),
        }
        return {key: value for key, value in entry.items() if value}

    def _each(self, *command: str, stages: Sequence[Asked]) -> str:
        why = ""
        for some in _chunks(stages):
            done = self._call([*command, *map(_name, some)], {stage.lock for stage in some})
            if done.returncode:
                why = _why(done)
        return why

    def _call(self, arguments: Sequence[str], locks: Collection[str]) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "dvc", "--wait-for-lock", *arguments]
        with self._lock:
            keep_locks(self._root, locks)
            # Of its own session: what it has begun to write it ends, also after a Ctrl-C.
            done = subprocess.run(
                command,
                cwd=self._root,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                start_new_session=True,
            )
            (put_back if done.returncode else forget_copies)(self._root, locks)
            return done


def _name(stage: Asked) -> str:
    """As DVC calls a stage: by its file, unless that is the root's."""
    folder = stage.lock.rpartition("/")[0]
    return f"{folder}/dvc.yaml:{stage.address}" if folder else stage.address


def _chunks(stages: Sequence[Asked]) -> Iterator[Sequence[Asked]]:
    for at in range(0, len(stages), MOST):
        yield stages[at : at + MOST]


def _why(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in done.stderr.splitlines() if line.strip()] or done.stdout.splitlines()
    errors = [line for line in lines if line.startswith("ERROR:")] or lines or ["no message"]
    return errors[-1].removeprefix("ERROR:").strip()
