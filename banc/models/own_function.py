"""A function of a person's own, in a file of the workspace.

In: a declaration, and the workspace in which its file lies. Out: the function. The bytes that are run are
    those whose digest the declaration holds, and no others.
"""

from __future__ import annotations

import hashlib
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from banc.config.custom import FactoryNetwork
from banc.config.objective import OwnObjective
from banc.models.unusable import OWN_MODULE, Unusable, describe_exception

Declared = FactoryNetwork | OwnObjective


def own_function(declared: Declared, root: Path) -> Callable[..., Any]:
    """``declared.function`` of ``root / declared.file``.

    Raises:
        Unusable: the file is not there or has changed, it fails, or it has no such function.
    """
    module = _run(declared, root / declared.file)
    function = getattr(module, declared.function, None)
    if not callable(function):
        own = tuple(
            name
            for name, value in vars(module).items()
            if callable(value) and getattr(value, "__module__", None) == module.__name__
        )
        raise Unusable(f"`{declared.file}` has no function `{declared.function}`", key="function", legal=own)
    return function  # type: ignore[no-any-return]


def _run(declared: Declared, path: Path) -> types.ModuleType:
    """The file as a module of its own, run from the bytes whose digest was compared."""
    try:
        text = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise Unusable(f"`{declared.file}` cannot be read: {reason}", key="file") from error
    if hashlib.sha256(text).hexdigest() != declared.digest:
        raise Unusable(
            f"`{declared.file}` has changed since `banc compile`",
            key="file",
            hint="`banc compile` makes stages of the new file; the old file brings the old ones back",
        )
    module = types.ModuleType(f"{OWN_MODULE}{declared.digest[:12]}")
    module.__file__ = str(path)
    # Dataclasses look up their module in sys.modules.
    sys.modules[module.__name__] = module
    try:
        exec(compile(text, str(path), "exec", dont_inherit=True), vars(module))
    except (Exception, SystemExit) as error:
        raise Unusable(describe_exception(error, declared.file, str(path)), key="file") from error
    return module
