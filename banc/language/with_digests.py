"""The digest of each file that a model names: what ``digest`` stands for in the vocabulary.

In: a ``Source`` and its values. Out: the values with a ``digest`` beside each ``file``, and what is wrong
with those files. Nothing in them is run. The files of a spec at a revision are those of that revision.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from banc.config.custom import FactoryNetwork
from banc.digest import file_digest
from banc.errors import UsageError
from banc.language.codes import Code
from banc.language.fault import Fault
from banc.language.source import Source
from banc.paths import workspace


def with_digests(source: Source, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """``values``, in which every file of a network has its digest; empty where the file has a fault."""
    models = values.get("models")
    if not isinstance(models, Mapping):
        return dict(values), []
    faults: list[Fault] = []
    made: dict[str, Any] = {}
    for name, model in models.items():
        made[name] = model
        if isinstance(model, Mapping) and model.get("family") == FactoryNetwork.FAMILY:
            if "digest" in model:
                path = ("models", name, "digest")
                message = f"unknown key `digest` in `[models.{name}]`: it follows from the file"
                faults.append(source.fault(Code.UNKNOWN_KEY, path, message, at_key=True))
            digest = _digest(source, name, model.get("file"))
            if isinstance(digest, Fault):
                faults.append(digest)
            made[name] = {**model, "digest": digest if isinstance(digest, str) else ""}
    return {**values, "models": made}, faults


def _digest(source: Source, name: str, file: object) -> str | Fault:
    """The digest, or what is in its way."""
    if not isinstance(file, str):
        return ""  # missing, or of a wrong type: found where types are

    def refuse(message: str) -> Fault:
        return source.fault(Code.NO_FILE, ("models", name, "file"), f"`{file}` {message}")

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
