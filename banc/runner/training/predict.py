"""A ``predict`` stage: what a trained network says of the training images as students are shown them.

Over every view these are all the outputs that a frozen teacher has, so its students look them up
(``training.teachers``). Where images are drawn anew in each epoch, they are those of the epochs of one seed.
In: a data stage and a trained network. Out: ``outputs.npy`` and ``outputs.json``. The network is not changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
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
from banc.runner.training.image_set import ImageSet, load_images
from banc.runner.training.infer import BATCH
from banc.runner.training.provenance import made_with
from banc.runner.training.shown import ShownImages
from banc.stage import files
from banc.stage.kinds import Predict


def predict(root: Path, stage: Predict, folder: Path, progress: Progress, checkpoints: Checkpoints) -> None:
    """Writes log-probabilities, and what they were made with.

    Float16 (N, views, classes), an image after the other; or (epochs, N, classes), an epoch after the other.

    Raises:
        BancError: an input is damaged, or was changed meanwhile.
        Stopped: someone asked for it; a checkpoint is written.
    """
    path = root / files.folder(stage.model) / files.MODEL
    network = describe(path)
    device = prepare(deterministic=network.deterministic)
    progress.meter.watch(gpu_counters(device))
    data = load_images(root, stage.data, files.DATA_ARRAYS[0], device, layout(network.model))
    images_of = _by_view(stage, data) if stage.seed is None else _by_epoch(stage, data, stage.seed)
    teacher = FrozenNetwork(root, path, network, data)
    set_threads(teacher.network, BATCH * data.shape.height * data.shape.width)

    def ask(number: int) -> object:
        return teacher(data.images.new_zeros((number, *data.images.shape[1:])), number)

    batch = largest_batch(ask, BATCH, device)
    environment = made_with(device, network.model)
    if device.type == "cuda":
        environment["batch"] = str(batch)
    images, per_image = len(data.images), stage.per_image
    total = images * per_image
    shape = (images, per_image) if stage.seed is None else (per_image, images)
    what = "image" if stage.seed is None else "epoch"
    with (
        resumable_file(folder / files.OUTPUTS, checkpoints, environment) as store,
        progress.watch(total, f"{total:,} outputs", store.items, device_name(device)),
        defer_signals() as stop,
    ):
        if not store.size:
            store.append(header((*shape, data.shape.classes), np.dtype(np.float16)))

        def answers() -> Iterator[Tensor]:
            for start in range(store.items, total, batch):
                progress.start_phase(what, start // shape[1] + 1, shape[0])
                yield teacher(images_of(start, min(start + batch, total)), batch)

        for outputs in to_host(answers(), device, batch):
            store.append(outputs.numpy().data.cast("B"), len(outputs))
            progress.advance(len(outputs))
            if stop or checkpoints.due():
                checkpoints.save(store.items, store.pack)
                stop.raise_if_set()
    facts = {"made_with": environment}
    (folder / files.STORE_FACTS).write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n")


Images = Callable[[int, int], Tensor]
"""Those that the outputs of a store from one number to another are of: uint8 (b, C, H, W) on the device."""


def _by_view(stage: Predict, data: ImageSet) -> Images:
    """Every view of an image, then those of the next one."""
    views, size = stage.views.num_views, (data.shape.height, data.shape.width)
    padded = pad(data.images, stage.views.pad, stage.views.fill)

    def images_of(start: int, end: int) -> Tensor:
        pairs = torch.arange(start, end, device=padded.device)
        return render_views(padded, pairs // views, pairs % views, stage.views, size)

    return images_of


def _by_epoch(stage: Predict, data: ImageSet, seed: int) -> Images:
    """Every image as an epoch shows it, then as the next one does."""
    shown, images = ShownImages(data, stage.views, seed), len(data.images)

    def images_of(start: int, end: int) -> Tensor:
        # A batch goes on into the next epoch: beside a small rest last digits may differ.
        numbers = torch.arange(start, end)
        epochs = range(start // images, (end - 1) // images + 1)
        return torch.cat([shown(epoch, numbers[numbers // images == epoch] % images) for epoch in epochs])

    return images_of
