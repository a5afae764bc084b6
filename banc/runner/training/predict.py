"""A ``predict`` stage: what a trained network says of every view of every training image.

These are all the outputs that a frozen teacher has, so its students look them up (``training.teachers``).
In: a data stage and a trained network. Out: ``outputs.npy`` and ``outputs.json``. The network is not changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from banc.runner.files.network_file import describe
from banc.runner.files.npy import header
from banc.runner.process.checkpoints import Checkpoints
from banc.runner.process.guard import defer_signals
from banc.runner.process.progress import Progress
from banc.runner.process.resumable_file import resumable_file
from banc.runner.training.augment import pad, render_views
from banc.runner.training.device import device_name, gpu_counters, layout, prepare, set_threads
from banc.runner.training.filling import largest_batch, to_host
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
    progress.meter.watch(gpu_counters(device))
    data = load_images(root, stage.data, files.DATA_ARRAYS[0], device, layout(network.model))
    padded = pad(data.images, stage.views.pad, stage.views.fill)
    teacher = FrozenNetwork(root, path, network, data)
    set_threads(teacher.network, BATCH * data.shape.height * data.shape.width)

    def ask(number: int) -> object:
        return teacher(padded.new_zeros((number, *data.images.shape[1:])), number)

    batch = largest_batch(ask, BATCH, device)
    environment = made_with(device, network.model)
    if device.type == "cuda":
        environment["batch"] = str(batch)
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

        def answers() -> Iterator[Tensor]:
            for start in range(store.items, total, batch):
                progress.start_phase("image", start // views + 1, images)
                pairs = torch.arange(start, min(start + batch, total), device=device)
                shown = render_views(padded, pairs // views, pairs % views, stage.views, size)
                yield teacher(shown, batch)

        for outputs in to_host(answers(), device, batch):
            store.append(outputs.numpy().data.cast("B"), len(outputs))
            progress.advance(len(outputs))
            if stop or checkpoints.due():
                checkpoints.save(store.items, store.pack)
                stop.raise_if_set()
    facts = {"made_with": environment}
    (folder / files.STORE_FACTS).write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n")
