"""A classification network of torchvision, untrained.

In: its name there. Out: the network with its first weights, as torchvision draws them. torchvision's
version is no part of what a run is: ``runner.training.provenance`` writes it down.
"""

from __future__ import annotations

import torchvision as library
from torch import nn

from banc.config.custom import TorchvisionNetwork
from banc.config.image import ImageShape
from banc.models.unusable import Unusable, describe_exception


def torchvision(model: TorchvisionNetwork, image: ImageShape) -> nn.Module:
    """Calls the function ``model.name`` of ``torchvision.models``.

    Raises:
        Unusable: there is none for classification, or it does not take these arguments.
    """
    legal = tuple(library.models.list_models(module=library.models))
    if model.name not in legal:
        raise Unusable(
            f"torchvision {library.__version__} has no classification network `{model.name}`",
            key="name",
            legal=legal,
        )
    try:
        network: nn.Module = library.models.get_model(
            model.name, weights=None, num_classes=image.classes, **model.arguments
        )
    except Exception as error:
        raise Unusable(f"torchvision's `{model.name}`: {describe_exception(error, None, None)}") from error
    return network
