"""The digest of each file that a model or an objective names: what ``digest`` stands for in the vocabulary.

In: a ``Source`` and its values. Out: the values with a ``digest`` beside each ``file``, and what is wrong
with those files. Nothing in them is run. The files of a spec at a revision are those of that revision.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from banc.config.custom import FactoryNetwork
from banc.config.objective import OwnObjective
from banc.digest import file_digest
from banc.errors import UsageError
from banc.language.codes import Code
from banc.language.fault import Fault
from banc.language.positions import KeyPath
from banc.language.source import Source
from banc.paths import workspace


def with_digests(source: Source, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """``values``, in which every file of code has its digest; empty where the file has a fault."""
    faults: list[Fault] = []
    made = {key: _told(source, (key,), values[key], faults) for key in _WITH_CODE if key in values}
    return {**values, **made}, faults


_WITH_CODE = ("models", "lineages", "transfers")
"""The tables in which a network or an objective may name a file."""


def _told(source: Source, path: KeyPath, value: Any, faults: list[Fault]) -> Any:
    """``value`` with the digests of the files that it names."""
    if isinstance(value, list):
        return [_told(source, (*path, index), inner, faults) for index, inner in enumerate(value)]
    if not isinstance(value, Mapping):
        return value
    if not _has_code(path, value):
        return {key: _told(source, (*path, key), inner, faults) for key, inner in value.items()}
    if "digest" in value:
        table = ".".join(map(str, path))
        message = f"unknown key `digest` in `[{table}]`: it follows from the file"
        faults.append(source.fault(Code.UNKNOWN_KEY, (*path, "digest"), message, at_key=True))
    digest = _digest(source, path, value.get("file"))
    if isinstance(digest, Fault):
        faults.append(digest)
    return {**value, "digest": digest if isinstance(digest, str) else ""}


def _has_code(path: KeyPath, value: Mapping[str, Any]) -> bool:
    """Whether a network of a person's own stands there, or an objective: of a group, of one model of it, or
    of a generation.
    """
    if path[0] == "models":
        return len(path) == 2 and value.get("family") == FactoryNetwork.FAMILY
    is_objective = path[-1] == "objective" or (len(path) > 1 and path[-2] == "objectives")
    return is_objective and value.get("kind") == OwnObjective.KIND


def _digest(source: Source, where: KeyPath, file: object) -> str | Fault:
    """The digest, or what is in its way."""
    if not isinstance(file, str):
        return ""  # missing, or of a wrong type: found where types are

    def refuse(message: str) -> Fault:
        return source.fault(Code.NO_FILE, (*where, "file"), f"`{file}` {message}")

    path = PurePosixPath(file)
    plain = file.isprintable() and not path.is_absolute() and ".." not in path.parts and str(path) == file
    if not plain or path.suffix != ".py":
        return refuse(
            "is not a plain relative path to a Python file in the workspace, such as `networks/mine.py`"
        )
    if source.revision is not None:
        try:
            return hashlib.sha256(source.revision.read(file)).hexdigest()
        except FileNotFoundError:
            return refuse(f"is not there, at the revision `{source.revision.name}`")
        except OSError as error:
            return refuse(f"cannot be read: {(error.strerror or type(error).__name__).lower()}")
    try:
        root = workspace(Path(source.file).parent)
    except UsageError:
        return refuse(
            f"must be in a workspace, but `{source.file}` is in none: "
            "there is no `.dvc` folder beside or above it"
        )
    try:
        return file_digest(root / path)
    except FileNotFoundError:
        return refuse(f"is not there, in the workspace `{root}`")
    except OSError as error:
        return refuse(f"cannot be read: {(error.strerror or type(error).__name__).lower()}")
