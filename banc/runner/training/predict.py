"""A ``predict`` stage: what a trained network says of every view of every training image.

These are all the outputs that a frozen teacher has, so its students look them up (``training.teachers``).
In: a data stage and a trained network. Out: ``outputs.npy`` and ``outputs.json``. The network is not changed.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch

from banc.runner.files.network_file import describe
from banc.runner.files.npy import header
from banc.runner.process.checkpoints import Checkpoints
from banc.runner.process.guard import defer_signals
from banc.runner.process.progress import Progress
from banc.runner.process.resumable_file import resumable_file
from banc.runner.training.augment import pad, render_views
from banc.runner.training.device import device_name, layout, prepare, set_threads
from banc.runner.training.frozen_network import FrozenNetwork
from banc.runner.training.image_set import load_images
from banc.runner.training.infer import BATCH
from banc.runner.training.provenance import made_with
from banc.stage import files
from banc.stage.kinds import Predict


def predict(root: Path, stage: Predict, folder: Path, progress: Progress, checkpoints: Checkpoints) -> None:
    """Writes log-probabilities, float16 (N, views, classes), an image after the other, and what they were
    made with.

    Raises:
        BancError: an input is damaged.
        Stopped: someone asked for it; a checkpoint is written.
    """
    path = root / files.folder(stage.model) / files.MODEL
    network = describe(path)
    device = prepare(deterministic=network.deterministic)
    data = load_images(root, stage.data, files.DATA_ARRAYS[0], device, layout(network.model))
    padded = pad(data.images, stage.views.pad, stage.views.fill)
    teacher = FrozenNetwork(root, path, network, data)
    set_threads(teacher.network, BATCH * data.shape.height * data.shape.width)

    environment = made_with(device, network.model)
    images, views = len(data.images), stage.views.num_views
    total = images * views
    size = data.shape.height, data.shape.width
    with (
        resumable_file(folder / files.OUTPUTS, checkpoints, environment) as store,
        progress.watch(total, f"{total:,} outputs", store.items, device_name(device)),
        defer_signals() as stop,
    ):
        if not store.size:
            store.append(header((images, views, data.shape.classes), np.dtype(np.float16)))
        for start in range(store.items, total, BATCH):
            progress.start_phase("image", start // views + 1, images)
            pairs = torch.arange(start, min(start + BATCH, total), device=device)
            outputs = teacher(render_views(padded, pairs // views, pairs % views, stage.views, size))
            store.append(outputs.cpu().numpy().data.cast("B"), len(pairs))
            progress.advance(len(pairs))
            if stop or checkpoints.due():
                checkpoints.save(store.items, store.pack)
                stop.raise_if_set()
    facts = {"made_with": environment}
    (folder / files.STORE_FACTS).write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n")
