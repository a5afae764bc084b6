"""Finished outputs of a student's teachers, looked up instead of computed.

A frozen teacher in evaluation mode has finitely many outputs: one for each view of each training image.
In: the ``outputs.npy`` of predict stages. Out: the outputs for the views that an epoch shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from banc.runner.arrays import damaged, read_array
from banc.runner.objectives import combine
from banc.stage import files
from banc.stage.kinds import Address


class Teachers:
    """None, one or several teachers over ``shape`` = (images, views, classes)."""

    def __init__(
        self, root: Path, outputs: Sequence[Address], shape: tuple[int, int, int], device: torch.device
    ) -> None:
        """Opens the stores. On a CPU they stay on disk, mapped, and may be larger than the memory.

        Raises:
            BancError: a store is damaged.
        """
        self._stores: list[Tensor] = []
        for address in outputs:
            path = root / files.folder(address) / files.OUTPUTS
            store = torch.from_numpy(read_array(path, mapped=True))
            if store.dtype != torch.float16 or tuple(store.shape) != shape:
                raise damaged(path)
            self._stores.append(store.to(device))

    def log_probabilities(self, rows: Tensor, view: Tensor) -> Tensor | None:
        """What the teachers together say of view ``view[b]`` of image ``rows[b]``: (B, classes) or None."""
        return combine([store[rows, view] for store in self._stores]) if self._stores else None
