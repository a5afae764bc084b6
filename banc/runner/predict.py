"""A ``predict`` stage: what a trained network says of every view of every training image.

These are all the outputs that a frozen teacher has, so its students look them up (``runner.teachers``).
In: a data stage and a trained network. Out: ``outputs.npy``. The network is not changed.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from banc.models.build import build
from banc.runner.arrays import write_header
from banc.runner.device import layout, prepare, set_threads
from banc.runner.image_set import load_images
from banc.runner.infer import BATCH, infer
from banc.runner.progress import Progress
from banc.runner.views import pad, views
from banc.runner.weights import load_weights
from banc.stage import files
from banc.stage.kinds import Predict, Train


def predict(root: Path, stage: Predict, folder: Path, progress: Progress) -> None:
    """Writes log-probabilities, float16 (N, views, classes), an image after the other.

    Raises:
        BancError: an input is damaged.
        UsageError: the network's own stage is no longer linked.
    """
    made_by = files.load_stage(root, stage.model)
    assert isinstance(made_by, Train), stage.model
    device = prepare(deterministic=made_by.recipe.deterministic)
    data = load_images(root, stage.data, files.ARRAYS[0], device, layout(made_by.model))
    size = data.shape.height, data.shape.width
    padded = pad(data.images, stage.views.pad)
    network = build(made_by.model, data.shape, root)
    load_weights(network, root / files.folder(stage.model) / files.MODEL)
    network.to(device).to(memory_format=layout(made_by.model))
    set_threads(network, BATCH * size[0] * size[1])

    images, each = len(padded), stage.views.views
    with (
        (folder / files.OUTPUTS).open("wb") as file,
        progress.watch(images * each, f"{images * each:,} outputs"),
    ):
        write_header(file, (images, each, data.shape.classes), np.dtype(np.float16))
        for pairs in torch.split(torch.arange(images * each, device=device), BATCH):
            progress.enter(f"image {int(pairs[0]) // each + 1:,} of {images:,}")
            chosen = views(padded, pairs // each, pairs % each, stage.views, size)
            file.write(_stored(infer(network, chosen, data, made_by.recipe.precision)))
            progress.advance(len(pairs))


def _stored(logits: Tensor) -> memoryview:
    """Log-probabilities, float16, as bytes: computed in float32, since float16 has 11 bits."""
    return torch.log_softmax(logits, 1).half().cpu().numpy().data.cast("B")
