"""Where a person wants a file to be written: not in the place of one that somebody else needs.

In: a workspace and a path of a command line. Out: the file to write.
"""

from __future__ import annotations

import os
from pathlib import Path

from banc import paths
from banc.emit.emit import DVC_YAML
from banc.errors import UsageError
from banc.stage.files import DETAILS, RESULTS

_FOLDERS = (paths.PIPELINES, paths.RUNS, paths.PRIVATE, ".dvc", ".git")
_FILES = (DVC_YAML, "dvc.lock", paths.PARAMS_YAML)


def output_file(root: Path, path: Path) -> Path:
    """The file that ``path`` names or leads to; ``root`` is the workspace.

    Raises:
        UsageError: it is no file, or a spec, or banc, DVC or git keep something there.
    """
    hint = "name another file, such as `report/table.md`"
    if path.exists() and not path.is_file():
        # A device would be replaced, not written to.
        raise UsageError(f"`{path}` is no file", hint=hint)
    file = Path(os.path.realpath(path))  # through a link, not in its place
    if not file.is_relative_to(root):
        return file
    inside = file.relative_to(root)
    if inside.parts[0] == paths.SPECS and file.suffix == ".toml":
        raise UsageError(f"`{path}` is a spec, and would be overwritten", hint=hint)
    results = inside.parts[0] == paths.RESULTS and inside.name in (RESULTS, DETAILS)
    if inside.parts[0] in _FOLDERS or inside.as_posix() in _FILES or results:
        owner = f"{inside.parts[0]}/" if inside.parts[1:] else inside.name
        raise UsageError(f"`{path}` is in a place that banc, DVC or git keep: `{owner}`", hint=hint)
    return file
