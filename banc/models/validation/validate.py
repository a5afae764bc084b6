"""Whether a network can be trained, found out without a number: on meta tensors.

In: a declared network and the shape of its images. Out: nothing, or why not. It matters for networks
whose code is not banc's; what banc builds itself is held by its tests.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from banc.config.custom import FactoryNetwork
from banc.config.image import ImageShape
from banc.config.model import Model
from banc.models.build import build_meta
from banc.models.unusable import Unusable, describe_exception

IMAGES = 2
"""The least that batch normalisation can train on."""

_META = "networks are built on meta tensors, without data: register a tensor that is no parameter as a buffer"
_TUPLE = "if one of them is an auxiliary classifier, `arguments = { aux_logits = false }` switches it off"


def validate_network(model: Model, image: ImageShape, root: Path) -> None:
    """Builds the network and shows it two images, in training and in evaluation.

    Args:
        root: the workspace, in which a network's file lies. The file is run.

    Raises:
        Unusable: it cannot be built, fails, has nothing to train, or gives no logits (B, classes).
    """
    network = build_meta(model, image, root)
    name = f"`{model.function}` of `{model.file}`" if isinstance(model, FactoryNetwork) else f"`{model.slug}`"
    if not any(parameter.requires_grad for parameter in network.parameters()):
        raise Unusable(f"the network of {name} has no parameters to train")
    for training in (True, False):
        logits = _logits(model, network.train(training), image, root)
        mode = "training" if training else "evaluation"
        wanted = (IMAGES, image.classes)
        if not isinstance(logits, Tensor):
            raise Unusable(
                f"the network of {name} gives a {type(logits).__name__} in {mode}; "
                f"expected logits, a tensor of shape {wanted}",
                hint=_TUPLE if isinstance(logits, tuple) else None,
            )
        if tuple(logits.shape) != wanted:
            raise Unusable(
                f"the network of {name} turns {IMAGES} images into a tensor of shape {tuple(logits.shape)} "
                f"in {mode}; expected {wanted}, a logit for each class"
            )
        if not logits.is_floating_point():
            raise Unusable(f"the logits of {name} are {logits.dtype}; expected floating-point numbers")
        if training and not logits.requires_grad:
            raise Unusable(f"the logits of {name} do not depend on its parameters")


def _logits(model: Model, network: nn.Module, image: ImageShape, root: Path) -> object:
    images = torch.empty(IMAGES, image.channels, image.height, image.width, device="meta")
    file = model.file if isinstance(model, FactoryNetwork) else None
    try:
        return network(images)
    except (Exception, SystemExit) as error:
        reason = describe_exception(error, file, str(root / file) if file else None)
        if file is None:
            reason = f"`{model.slug}` on images of {image.height}x{image.width}: {reason}"
        hint = _META if "meta" in str(error) else None
        raise Unusable(reason, hint=hint) from error
