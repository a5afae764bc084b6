"""What a student's teachers say of the views that an epoch shows: looked up, or asked while it trains.

A frozen teacher in evaluation mode has finitely many outputs: one for each view of each training image.
In: the ``outputs.npy`` of predict stages, or the networks of train stages. Out: log-probabilities, the
same either way.

Which weights, views and data a store belongs to is in the address of its predict stage, which is a digest
over all three; a store of other views or data than the student's is refused. That the file holds what
that stage wrote is DVC's to guard: ``dvc.lock`` has its digest, and ``dvc repro`` makes again what differs.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from banc.errors import BancError
from banc.runner.arrays import damaged, read_array
from banc.runner.image_set import ImageSet
from banc.runner.live import LiveTeacher
from banc.runner.objectives import combine
from banc.stage import files
from banc.stage.kinds import Address, Predict, Train

Outputs = Callable[[Tensor, Tensor], Tensor]
"""From images (B,) and the view of each (B,) to log-probabilities, float16 (B, classes)."""


class Teachers:
    """None, one or several teachers of a student."""

    def __init__(self, root: Path, stage: Train, data: ImageSet, padded: Tensor) -> None:
        """Opens the stores and builds the networks. Draws numbers from torch's global generator.

        Raises:
            BancError: a store or a network is damaged, or a store is of other views or data.
            UsageError: a teacher's own stage is no longer linked.
        """
        self.live = [_live(root, each, stage, data, padded) for each in stage.teachers]
        """Those that compute while the student trains."""
        stored = (_stored(root, each, stage, data) for each in stage.teacher_outputs)
        self._ask: list[Outputs] = [*stored, *self.live]

    def log_probabilities(self, rows: Tensor, view: Tensor) -> Tensor | None:
        """What the teachers together say of view ``view[b]`` of image ``rows[b]``: (B, classes) or None."""
        return combine([outputs(rows, view) for outputs in self._ask]) if self._ask else None


def _stored(root: Path, address: Address, stage: Train, data: ImageSet) -> Outputs:
    """A store. On a CPU it stays on disk, mapped, and may be larger than the memory."""
    made_by = files.load_stage(root, address)
    assert isinstance(made_by, Predict), address
    augment = stage.recipe.augment
    path = root / files.folder(address) / files.OUTPUTS
    if (made_by.data, made_by.views) != (stage.data, augment):
        raise BancError(
            f"`{path}` holds outputs for other images or views than this student's",
            hint="run `banc compile` again: it gives each student the stores that it needs",
        )
    found = torch.from_numpy(read_array(path, mapped=True))
    shape = len(data.images), augment.views, data.shape.classes
    if found.dtype != torch.float16 or tuple(found.shape) != shape:
        raise damaged(path)
    store = found.to(data.images.device)
    return lambda rows, view: store[rows, view]


def _live(root: Path, address: Address, stage: Train, data: ImageSet, padded: Tensor) -> LiveTeacher:
    made_by = files.load_stage(root, address)
    assert isinstance(made_by, Train), address
    return LiveTeacher(root, made_by, data, padded, stage.recipe.augment)
