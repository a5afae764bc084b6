"""Makes a folder a workspace: everything that banc's commands and DVC expect of it.

In: a folder. Out: what was done, a line each. What a person has there already is kept.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from banc.errors import BancError
from banc.git import has_history
from banc.language.schema import schema_text
from banc.paths import PRIVATE, RUNS, write_atomically

_IGNORED = (f"/{RUNS}/", f"/{PRIVATE}/", "/data/")
_SPEC = "spec/quickstart.toml"
_SCHEMA = "spec/banc.schema.json"


def template() -> str:
    """The first spec of a new workspace."""
    return resources.files("banc").joinpath("templates", "quickstart.toml").read_text(encoding="utf-8")


def make_workspace(folder: Path) -> Iterator[str]:
    """Does what is missing and says so.

    Raises:
        BancError: the folder cannot be made or written, or git or DVC refuses.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BancError(
            f"`{folder}` cannot be a workspace: {(error.strerror or 'not a folder').lower()}",
            hint="name a folder that you may write, or one that does not exist yet",
        ) from error
    folder = folder.resolve()
    yield from _git(folder)
    yield from _dvc(folder)
    yield from _ignore(folder)
    for name, text in ((_SPEC, template()), (_SCHEMA, schema_text())):
        if name == _SPEC and any((folder / "spec").glob("*.toml")):
            yield "kept the specs in spec/"
        elif write_atomically(folder / name, text):
            yield f"wrote {name}"


def _git(folder: Path) -> Iterator[str]:
    if has_history(folder):
        return
    if shutil.which("git"):
        _call(["git", "init", "--quiet"], folder)
        yield "initialised git"
    else:
        yield "no git on this machine: the workspace has no history"


def _dvc(folder: Path) -> Iterator[str]:
    if (folder / ".dvc").is_dir():
        return
    if not has_history(folder):
        how = ["--no-scm"]
    elif (folder / ".git").exists():
        how = []
    else:
        how = ["--subdir"]
    dvc = [sys.executable, "-m", "dvc"]
    _call([*dvc, "init", "--quiet", *how], folder)
    _call([*dvc, "config", "--quiet", "core.analytics", "false"], folder)
    yield "initialised DVC, its usage reports off"


def _ignore(folder: Path) -> Iterator[str]:
    path = folder / ".gitignore"
    there = path.read_text().splitlines() if path.is_file() else []
    missing = [line for line in _IGNORED if line not in there]
    if missing:
        write_atomically(path, "\n".join([*there, *missing]) + "\n")
        yield f"ignored {', '.join(missing)} in .gitignore"


def _call(command: list[str], folder: Path) -> None:
    # DVC reports usage over the network on its first call unless told not to.
    quiet = {**os.environ, "DVC_NO_ANALYTICS": "1"}
    done = subprocess.run(command, cwd=folder, env=quiet, capture_output=True, text=True, check=False)
    if done.returncode:
        name = " ".join(["dvc", *command[3:]] if command[1:2] == ["-m"] else command)
        last = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
        raise BancError(f"`{name}` failed: {last}", hint=f"run it yourself in `{folder}` to see why")
