"""The files of networks that were trained elsewhere: are they there, and the ones that the spec means.

In: a checked spec. Out: the faults of such files. Reads the files' bytes and nothing in them:
whether they fit their network is seen where networks are known (``cli.check_weights``), and by the stage.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from banc.digest import file_digest
from banc.errors import UsageError
from banc.language.codes import Code
from banc.language.declare import FORMATS
from banc.language.fault import Fault
from banc.language.source import Source
from banc.language.spec import Pretrained, Spec
from banc.paths import PIPELINES, PRIVATE, RESULTS, RUNS, workspace

_NOT_OURS = (RUNS, RESULTS, PIPELINES, PRIVATE, ".dvc", ".git")
"""Folders whose files come and go as stages run: no place for what a person brought."""


def check_weights(source: Source, spec: Spec) -> list[Fault]:
    """A fault for each file that is missing, cannot be read, or has another digest."""
    return [fault for name, pretrained in spec.pretrained.items() for fault in _of(source, name, pretrained)]


def _of(source: Source, name: str, pretrained: Pretrained) -> Iterator[Fault]:
    file = pretrained.file

    def refuse(message: str, code: Code = Code.NO_WEIGHTS, key: str = "file") -> Fault:
        return source.fault(code, ("pretrained", name, key), message)

    path = PurePosixPath(file)
    plain = file.isprintable() and not path.is_absolute() and ".." not in path.parts and str(path) == file
    if not plain or path == PurePosixPath("."):
        yield refuse(
            f"`{file}` is not a plain relative path to a file in the workspace, such as "
            "`weights/wrn.safetensors`"
        )
    elif path.parts[0] in _NOT_OURS:
        yield refuse(
            f"`{file}` is in `{path.parts[0]}/`, which belongs to banc, DVC or git: copy the file to a "
            "folder such as `weights/`; a network that a spec trains is named as a run, `MODEL/COLUMN`"
        )
    elif path.suffix not in FORMATS:
        yield refuse(f"`{file}`: expected a name that ends with {_ends()}")
    else:
        try:
            root = workspace(Path(source.file).parent)
        except UsageError:
            yield refuse(
                f"`{file}` must be in a workspace, but `{source.file}` is in none: "
                "there is no `.dvc` folder beside or above it"
            )
            return
        try:
            digest = file_digest(root / path)
        except FileNotFoundError:
            if by := _tracked(root, path):
                message = f"`{file}` is not here, but DVC has it: `dvc pull {by}` fetches it"
                yield refuse(message, Code.WEIGHTS_ABSENT)
            else:
                yield refuse(f"`{file}` is not there, in the workspace `{root}`")
        except OSError as error:
            yield refuse(f"`{file}` cannot be read: {(error.strerror or type(error).__name__).lower()}")
        else:
            if digest != pretrained.sha256:
                message = f"`{file}` has the digest `{digest}`"
                yield refuse(message, Code.OTHER_WEIGHTS, "sha256")


def _tracked(root: Path, path: PurePosixPath) -> str | None:
    """The ``.dvc`` file that ``dvc add`` wrote for the file, or for a folder around it."""
    names = (f"{folder}.dvc" for folder in (path, *path.parents) if folder.name)
    return next((name for name in names if (root / name).is_file()), None)


def _ends() -> str:
    *first, last = (f"`{word}`" for word in FORMATS)
    return f"{', '.join(first)} or {last}"
