"""What `banc compile` wrote, as it is now.

In: a workspace. Out: the digest of each generated file; a person's own files are left out. Whether they are
what the specs say is for ``plan.stale``.
"""

from __future__ import annotations

from pathlib import Path
from stat import S_ISREG

from banc import paths
from banc.digest import Json
from banc.stage.address import is_address
from banc.stage.index import INDEX
from banc.state.digests import files
from banc.state.memory import Memory

_DVC_YAML = "dvc.yaml"


def generated(memory: Memory, root: Path) -> dict[str, str | None]:
    """The MD5 of each generated file that is there, by path; None: it is no file.

    Raises:
        BancError: a file cannot be read.
    """
    names = [path.relative_to(root).as_posix() for path in (root / paths.PIPELINES).glob("*/*.json")]
    parameters = [name for name in names if is_address(Path(name).stem) or Path(name).name == paths.CURVES]
    groups = [
        name
        for path in (root / paths.PIPELINES).glob(f"*/{_DVC_YAML}")
        if _is_marked(memory, path, name := path.relative_to(root).as_posix())
    ]
    there = files(memory, root, [_DVC_YAML, paths.PARAMS_YAML, INDEX, *parameters, *groups])
    return {path: file.md5 for path, file in there.items()}


def _is_marked(memory: Memory, path: Path, name: str) -> bool:
    """Whether banc wrote it; a person may have stages of their own in a folder beside."""
    try:
        there = path.stat()
        # A pipe would keep who looks waiting.
        return S_ISREG(there.st_mode) and memory.recall("mark", name, there, _mark) is True
    except OSError:
        return False


def _mark(path: Path) -> Json:
    with path.open("rb") as file:
        return file.read(len(paths.MARK)) == paths.MARK.encode()
