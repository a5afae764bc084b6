"""A network that a person's own function makes.

In: a declaration, and the workspace in which its file lies. Out: the network with its first weights.
"""

from __future__ import annotations

from pathlib import Path

from torch import nn

from banc.config.custom import FactoryNetwork
from banc.config.image import ImageShape
from banc.models.own_function import own_function
from banc.models.unusable import Unusable, describe_exception


def factory(model: FactoryNetwork, image: ImageShape, root: Path) -> nn.Module:
    """Calls ``model.function`` of ``root / model.file``.

    Raises:
        Unusable: the file is not there or has changed, it or the function fails, or what the function
            returns is no ``nn.Module``.
    """
    path = root / model.file
    function = own_function(model, root)
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
