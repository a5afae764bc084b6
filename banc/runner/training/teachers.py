"""Teachers' log-probabilities for what an epoch shows: read from a store, or computed while it trains.

A frozen teacher in evaluation mode has finitely many outputs: one for each view of each training image; or,
where images are drawn anew in each epoch, one for each epoch and image.
In: the ``outputs.npy`` of predict stages, or the networks of train stages. Out: log-probabilities, the
same either way.

Which weights, images and data a store belongs to is in the address of its predict stage, which is a digest
over all of them, and ``graph.lower`` gives a student a store of its own data and images. That the file holds
what that stage wrote is DVC's to guard: ``dvc.lock`` has its digest, and ``dvc repro`` makes again what
differs. So here its shape and number type are looked at, and nothing else.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import torch
from torch import Tensor

from banc.runner.files.network_file import describe
from banc.runner.files.npy import damaged, read_array
from banc.runner.training.cuda_graph import Graphs
from banc.runner.training.device import send
from banc.runner.training.frozen_network import FrozenNetwork
from banc.runner.training.image_set import ImageSet
from banc.runner.training.infer import BATCH
from banc.runner.training.objectives import mean_log_probs
from banc.stage import files
from banc.stage.kinds import Address, Train

LOOKED_UP = 4096
"""Images."""


class Teachers:
    """None, one or several teachers of a student."""

    def __init__(self, root: Path, stage: Train, data: ImageSet, graphs: Graphs | None = None) -> None:
        """Opens the stores and builds the networks. Draws numbers from torch's global generator.

        Args:
            graphs: where the work of networks is recorded, if it is.

        Raises:
            BancError: a store or a network is damaged.
        """
        self.live = [_live(root, teacher, data, graphs) for teacher in stage.teachers]
        """Those that compute while the student trains."""
        self._stored = [_stored(root, store, stage, data) for store in stage.teacher_outputs]
        self._by_view = stage.recipe.augment.recurs

    def ahead(self, device: torch.device) -> int | None:
        """About how many images they are asked about at once; None: about a whole epoch.

        Live teachers about as many as a store is computed with. Of a store that is too large for a GPU the
        host looks up so many while the GPU is at work.
        """
        if self.live:
            return BATCH
        return LOOKED_UP if device.type == "cuda" and not all(each.near for each in self._stored) else None

    def log_probabilities(self, epoch: int, rows: Tensor, view: Tensor, images: Tensor) -> Tensor | None:
        """What the teachers together say of image ``rows[b]`` as an epoch shows it: (B, classes) or None.

        Args:
            rows: on the host, like ``view``; the result is on the device.
            view: the view of each image in that epoch.
            images: what the student sees, uint8 (B, C, H, W) on the device. A live teacher sees the same.
        """
        place = (rows, view) if self._by_view else (torch.full_like(rows, epoch), rows)
        answers = [look_up(*place) for look_up in self._stored]
        answers += [network(images) for network in self.live]
        return mean_log_probs(answers) if answers else None


def _stored(root: Path, address: Address, stage: Train, data: ImageSet) -> Reader:
    """A store. It may be larger than any memory."""
    path = root / files.folder(address) / files.OUTPUTS
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The given NumPy array is not writable", UserWarning)
        store = torch.from_numpy(read_array(path, mapped=True))
    augment, images = stage.recipe.augment, len(data.images)
    kept = (images, augment.num_views) if augment.recurs else (stage.recipe.epochs, images)
    shape = *kept, data.shape.classes
    if store.dtype != torch.float16 or tuple(store.shape) != shape:
        raise damaged(path)
    return Reader(store, data.images.device, room=_room(data.images.device))


class Reader:
    """Looks up in a store: on the device, if it fits there.

    Otherwise it stays where it is, on disk and mapped into memory as a rule, and what is looked up follows
    through pinned memory. Pinning the whole store would bring nothing: what was read of it once is in memory.
    """

    def __init__(self, store: Tensor, device: torch.device, room: int) -> None:
        """
        Args:
            store: (N, views, classes), or (epochs, N, classes).
            room: bytes that it may take on the device.
        """
        self.near = store.nbytes <= room
        """Whether it is on the device."""
        self._store, self._device = store.to(device) if self.near else store, device

    def __call__(self, first: Tensor, second: Tensor) -> Tensor:
        """Of the numbers of images (B,) and of the view of each (B,), both on the host: (B, classes).

        Or of the numbers of epochs and of images.
        """
        if self.near:
            return self._store[send(first, self._device), send(second, self._device)]
        return send(self._store[first, second], self._device)


def _room(device: torch.device) -> int:
    """Bytes that a store may take: on a GPU half of what is free, and the other half is the training's."""
    return int(torch.cuda.mem_get_info(device)[0]) // 2 if device.type == "cuda" else 0


def _live(root: Path, address: Address, data: ImageSet, graphs: Graphs | None) -> FrozenNetwork:
    path = root / files.folder(address) / files.MODEL
    return FrozenNetwork(root, path, describe(path), data, graphs)
