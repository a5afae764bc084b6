"""What DVC is asked to do: restore stages, make tables, and record what ran without it.

In: stages. Out: DVC's effects, or a line that says why not. DVC is called as a program, one call at a time;
a call for many stages costs little more than one for one, since most of it is DVC's start.

``dvc commit --force`` writes lock, cache and run cache of a stage from the files that are there. Of a table
it would write a run-cache entry, which ``dvc repro`` does not; so DVC runs tables itself, in no time.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock

from banc.plan.asked import Asked

MOST = 1000
"""Stages in one call: a command line has its limits."""


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
        # Without new links in the workspace: somebody may be reading the files.
        return self._each("commit", "--force", "--no-relink", stages=stages)

    def link(self, stages: Sequence[Asked]) -> str:
        """Replaces outputs by links into the cache. Nobody may read them now.

        Returns:
            Why DVC refused; empty: it did not.
        """
        return self._each("checkout", "--relink", stages=stages)

    def _each(self, *command: str, stages: Sequence[Asked]) -> str:
        why = ""
        for some in _chunks(stages):
            done = self._call([*command, *map(_name, some)])
            if done.returncode:
                why = _why(done)
        return why

    def _call(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "dvc", "--wait-for-lock", *arguments]
        with self._lock:
            # Of its own session: what it has begun to write it ends, also after a Ctrl-C.
            return subprocess.run(
                command,
                cwd=self._root,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                start_new_session=True,
            )


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
