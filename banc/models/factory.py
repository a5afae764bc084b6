"""A network that a person's own function makes.

In: a declaration, and the workspace in which its file lies. Out: the network with its first weights. The
bytes that are run are those whose digest the declaration holds, and no others.
"""

from __future__ import annotations

import hashlib
import sys
import types
from pathlib import Path

from torch import nn

from banc.config.custom import FactoryNetwork
from banc.config.image import ImageShape
from banc.models.unusable import Unusable, describe_exception


def factory(model: FactoryNetwork, image: ImageShape, root: Path) -> nn.Module:
    """Calls ``model.function`` of ``root / model.file``.

    Raises:
        Unusable: the file is not there or has changed, it or the function fails, or what the function
            returns is no ``nn.Module``.
    """
    path = root / model.file
    module = _run(model, path)
    function = getattr(module, model.function, None)
    if not callable(function):
        own = tuple(
            name
            for name, value in vars(module).items()
            if callable(value) and getattr(value, "__module__", None) == module.__name__
        )
        raise Unusable(f"`{model.file}` has no function `{model.function}`", key="function", legal=own)
    try:
        network = function(
            classes=image.classes,
            channels=image.channels,
            height=image.height,
            width=image.width,
            **model.arguments,
        )
    except (Exception, SystemExit) as error:
        given = ", ".join(f"{name}=..." for name in (*model.GIVEN, *model.arguments))
        hint = f"banc calls `{model.function}({given})`" if isinstance(error, TypeError) else None
        raise Unusable(describe_exception(error, model.file, str(path)), hint=hint) from error
    if not isinstance(network, nn.Module):
        raise Unusable(
            f"`{model.function}` of `{model.file}` returns a {type(network).__name__}, "
            "not a `torch.nn.Module`",
            key="function",
        )
    return network


def _run(model: FactoryNetwork, path: Path) -> types.ModuleType:
    """The file as a module of its own, run from the bytes whose digest was compared."""
    try:
        text = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise Unusable(f"`{model.file}` cannot be read: {reason}", key="file") from error
    if hashlib.sha256(text).hexdigest() != model.digest:
        raise Unusable(
            f"`{model.file}` has changed since `banc compile`",
            key="file",
            hint="`banc compile` makes stages of the new network; the old file brings the old ones back",
        )
    module = types.ModuleType(f"banc_network_{model.digest[:12]}")
    module.__file__ = str(path)
    # Dataclasses look up their module in sys.modules.
    sys.modules[module.__name__] = module
    try:
        exec(compile(text, str(path), "exec", dont_inherit=True), vars(module))
    except (Exception, SystemExit) as error:
        raise Unusable(describe_exception(error, model.file, str(path)), key="file") from error
    return module
