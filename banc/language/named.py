"""Specs as people name them: a file, or a file at a revision, ``spec/table2.toml@main``.

In: a workspace and such a name. Out: the spec, checked. A file of a revision is read by git, with the files
of its networks as they stood then.
"""

from __future__ import annotations

import os
from pathlib import Path

from banc.errors import UsageError
from banc.git import find_revision
from banc.language.load import Loaded, load, load_at

_END = ".toml"


def split_name(text: str) -> tuple[str, str | None]:
    """File and revision; None: the work tree.

    The revision is what follows the first ``.toml@``: it may hold an ``@`` itself, as ``HEAD@{1}``. Any other
    ``@`` belongs to the file.

    Raises:
        UsageError: nothing follows the ``@``, or it follows something that is no spec.
    """
    file, at, revision = text.partition(f"{_END}@")
    if at and not revision:
        raise UsageError(f"`{text}` names no revision", hint="expected one after the `@`: `spec/a.toml@main`")
    if at:
        return file + _END, revision
    if "@" in os.path.basename(text) and not text.endswith(_END):
        raise UsageError(
            f"`{text}` names no spec", hint="a spec at a revision is named with `.toml`: `spec/a.toml@main`"
        )
    return text, None


def load_named(root: Path, text: str) -> Loaded:
    """The spec that ``text`` names, relative to the current folder.

    Raises:
        SpecError: it has faults, or there is no such file, in the work tree or at the revision.
        UsageError: the name is no name, or git knows no such revision, or the file is outside of ``root``.
        BancError: git is missing, or refuses.
    """
    file, revision = split_name(text)
    if revision is None:
        return load(file)
    return load_at(find_revision(root, revision), path_in(root, file))


def path_in(root: Path, file: str) -> str:
    """Where a file would lie in the workspace, whether it is there or not.

    Raises:
        UsageError: outside of it.
    """
    path = Path(file)
    try:
        return (path.parent.resolve() / path.name).relative_to(root).as_posix()
    except ValueError:
        raise UsageError(
            f"`{file}` is outside of the workspace `{root}`", hint="name a spec of this workspace"
        ) from None
