"""Whether a network can be trained where one image goes through it alone, as at the end of an epoch.

Batch normalisation needs several numbers of each channel. Of one image there is one, where a network has
reduced it to a single pixel. In: a network on the CPU. Out: nothing, or an error before anything is trained.
"""

from __future__ import annotations

import torch
from torch import nn

from banc.config.image import ImageShape
from banc.config.recipe import Recipe
from banc.errors import BancError


def check_single_image(network: nn.Module, shape: ImageShape, images: int, recipe: Recipe) -> None:
    """Asks ``network`` about one image. It is changed by that; other numbers are drawn for it, too.

    Args:
        images: of an epoch, of which ``recipe`` leaves one alone.

    Raises:
        BancError: its batch normalisation has one number for a channel.
    """
    image = torch.zeros(1, shape.channels, shape.height, shape.width)
    try:
        with torch.no_grad():
            network.train()(image)
    except Exception as error:
        # What else is wrong shows in training.
        if "more than 1 value per channel" not in str(error):
            return
        key = "batch" if recipe.micro_batch is None else "micro_batch"
        size = recipe.batch if recipe.micro_batch is None else recipe.micro_batch
        raise BancError(
            f"one of the {images:,} images goes through the network alone, and its batch normalisation needs "
            "several",
            hint=f"choose another `{key}` than {size} in the recipe, one that leaves no image alone",
        ) from error
