"""Teachers' log-probabilities for the views of an epoch: read from a store, or computed while it trains.

A frozen teacher in evaluation mode has finitely many outputs: one for each view of each training image.
In: the ``outputs.npy`` of predict stages, or the networks of train stages. Out: log-probabilities, the
same either way.

Which weights, views and data a store belongs to is in the address of its predict stage, which is a digest
over all three, and ``graph.lower`` gives a student a store of its own data and views. That the file holds
what that stage wrote is DVC's to guard: ``dvc.lock`` has its digest, and ``dvc repro`` makes again what
differs. So here its shape and number type are looked at, and nothing else.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from banc.runner.files.network_file import describe
from banc.runner.files.npy import damaged, read_array
from banc.runner.training.cuda_graph import Graphs
from banc.runner.training.device import send
from banc.runner.training.frozen_network import FrozenNetwork
from banc.runner.training.image_set import ImageSet
from banc.runner.training.objectives import mean_log_probs
from banc.stage import files
from banc.stage.kinds import Address, Train

Outputs = Callable[[Tensor, Tensor], Tensor]
"""From the numbers of images (B,) and of the view of each (B,), both on the host, to log-probabilities,
float16 (B, classes), on the device."""


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

    def log_probabilities(self, rows: Tensor, view: Tensor, images: Tensor) -> Tensor | None:
        """What the teachers together say of view ``view[b]`` of image ``rows[b]``: (B, classes) or None.

        Args:
            rows: on the host, like ``view``; the result is on the device.
            images: what the student sees, uint8 (B, C, H, W) on the device. A live teacher sees the same.
        """
        answers = [look_up(rows, view) for look_up in self._stored]
        answers += [network(images) for network in self.live]
        return mean_log_probs(answers) if answers else None


def _stored(root: Path, address: Address, stage: Train, data: ImageSet) -> Outputs:
    """A store. It may be larger than any memory."""
    path = root / files.folder(address) / files.OUTPUTS
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The given NumPy array is not writable", UserWarning)
        store = torch.from_numpy(read_array(path, mapped=True))
    shape = len(data.images), stage.recipe.augment.num_views, data.shape.classes
    if store.dtype != torch.float16 or tuple(store.shape) != shape:
        raise damaged(path)
    return reader(store, data.images.device, room=_room(data.images.device))


def reader(store: Tensor, device: torch.device, room: int) -> Outputs:
    """Looks up in ``store``, (N, views, classes): on the device, if it takes at most ``room`` bytes there.

    Otherwise it stays where it is, on disk and mapped into memory as a rule, and what is looked up follows.
    """
    if store.nbytes <= room:
        store = store.to(device)
        return lambda rows, view: store[send(rows, device), send(view, device)]

    def look_up(rows: Tensor, view: Tensor) -> Tensor:
        return send(store[rows, view], device)

    return look_up


def _room(device: torch.device) -> int:
    """Bytes that a store may take: on a GPU half of what is free, and the other half is the training's."""
    return int(torch.cuda.mem_get_info(device)[0]) // 2 if device.type == "cuda" else 0


def _live(root: Path, address: Address, data: ImageSet, graphs: Graphs | None) -> FrozenNetwork:
    path = root / files.folder(address) / files.MODEL
    return FrozenNetwork(root, path, describe(path), data, graphs)
