"""Where everything lies in a workspace, and the one way to write a file.

A workspace is a folder with DVC in it. All paths in generated files are relative to it.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from banc.errors import BancError, UsageError

RUNS = "runs"
"""One folder a stage, named by its address: what the stage wrote. Ignored by git, cached by DVC."""

PIPELINES = "pipelines"
"""The linked stages: one folder a group, with a ``dvc.yaml`` and a parameter file a stage."""

RESULTS = "results"
"""One folder a spec: the numbers of its table, committed."""

SPECS = "spec"
"""Where specs lie, unless they are named."""

PRIVATE = ".banc"
"""Locks and half-written outputs. Never read by DVC or git."""


def workspace(start: Path | None = None) -> Path:
    """The nearest folder at or above ``start`` (default: the current one) that holds ``.dvc``.

    Raises:
        UsageError: there is none.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / ".dvc").is_dir():
            return folder
    raise UsageError(
        f"`{start}` is not in a banc workspace: there is no `.dvc` folder here or in a folder above",
        hint="`banc init` sets up a workspace here; or change to the folder of one",
    )


def find_specs(root: Path) -> list[Path]:
    """All specs of a workspace, as a person names them: relative to the current folder where it is above.

    Raises:
        UsageError: there is none.
    """
    specs = sorted((root / SPECS).glob("*.toml"))
    if not specs:
        raise UsageError(f"no spec in `{SPECS}/`", hint="name a spec, or run `banc init` to get an example")
    here = Path.cwd()
    return [spec.relative_to(here) if spec.is_relative_to(here) else spec for spec in specs]


def write_atomically(path: Path, text: str) -> bool:
    """Writes ``text`` so that a reader sees the old file or the new one, never a half.

    Returns:
        False where the file had this text already; it is then not touched.

    Raises:
        BancError: the file system refuses (disk full, no permission).
    """
    data = text.encode()
    try:
        if path.is_file() and path.read_bytes() == data:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, 0o644)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise BancError(
            f"cannot write `{path}`: {error.strerror}",
            hint="free space or permissions are missing; the old file, if any, is unchanged",
        ) from error
    return True
