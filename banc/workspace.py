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
from typing import Literal

from banc.errors import BancError
from banc.git import has_history
from banc.language.schema import schema_text
from banc.paths import PRIVATE, RUNS, write_atomically

_IGNORED = (f"/{RUNS}/", f"/{PRIVATE}/", "/data/")
_SCHEMA = "spec/banc.schema.json"

Template = Literal["quickstart", "born-again", "distillation", "own-network"]
"""Which first spec a workspace gets; its file has this name."""

_BESIDE: dict[Template, str] = {"own-network": "networks/mine.py"}
"""What a template's spec needs besides itself: the template's Python file, and where it goes."""


def template(name: Template = "quickstart", suffix: str = ".toml") -> str:
    """The first spec of a new workspace, or the Python file that it needs."""
    return resources.files("banc").joinpath("templates", name + suffix).read_text(encoding="utf-8")


def make_workspace(folder: Path, wanted: Template | None = None) -> Iterator[str]:
    """Does what is missing and says so.

    Args:
        wanted: the spec to write, beside others that are there. None: the quickstart, where there is none.

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
    if wanted is None and any((folder / "spec").glob("*.toml")):
        yield "kept the specs in spec/"
    else:
        yield from _template(folder, wanted or "quickstart")
    if write_atomically(folder / _SCHEMA, schema_text()):
        yield f"wrote {_SCHEMA}"


def _template(folder: Path, name: Template) -> Iterator[str]:
    """The spec and what it needs, where nothing has these names yet."""
    texts = {f"spec/{name}.toml": template(name)}
    if name in _BESIDE:
        # As text: no linter of this package should see it as a module.
        texts[_BESIDE[name]] = template(name, ".py.txt")
    for path, text in texts.items():
        if (folder / path).exists():
            yield f"kept {path}"
        elif write_atomically(folder / path, text):
            yield f"wrote {path}"


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
