"""What an epoch shows a network: views of the training images, their labels, what the teachers say.

In: a train stage's inputs. Out: batches on the device. An epoch's views and look-ups are made in bulk,
so that a step begins with a slice. Which they are is a function of (seed, epoch) alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from banc.config.image import ImageShape
from banc.config.objective import Cwtm, Distill, Dkpp, Labels
from banc.runner.device import layout
from banc.runner.image_set import load_images, load_labels
from banc.runner.objectives import permute_rest
from banc.runner.randomness import generator, order, view_of
from banc.runner.teachers import Teachers
from banc.runner.views import pad, views
from banc.stage import files
from banc.stage.kinds import Train


class Batch(NamedTuple):
    """What one step sees."""

    images: Tensor
    """float32 (B, C, H, W), normalised."""
    labels: Tensor
    """int64 (B,)"""
    teachers: Tensor | None
    """The teachers' log-probabilities (B, classes), where there are teachers."""


class TrainingSet:
    """The training images of a stage, and its teachers' outputs for them."""

    def __init__(self, root: Path, stage: Train, device: torch.device) -> None:
        """Reads the stage's inputs.

        Raises:
            BancError: an input is damaged.
        """
        self._data = load_images(root, stage.data, files.ARRAYS[0], device, layout(stage.model))
        self._labels = load_labels(root, stage.data, files.ARRAYS[1], device)
        self._seed, self._objective = stage.seed, stage.objective
        self._batch, self._augment = stage.recipe.batch, stage.recipe.augment
        self._padded = pad(self._data.images, self._augment.pad)
        outputs = len(self), self._augment.views, self.shape.classes
        self._teachers = Teachers(root, stage.teacher_outputs, outputs, device)

    def __len__(self) -> int:
        return len(self._labels)

    @property
    def shape(self) -> ImageShape:
        """What a network for these images must know."""
        return self._data.shape

    def epoch(self, epoch: int) -> Iterator[Batch]:
        """Every image once, in the epoch's order and views; the last batch may be smaller."""
        device = self._labels.device
        rows = order(self._seed, epoch, len(self)).to(device)
        view = view_of(self._seed, epoch, len(self), self._augment.views).to(device)[rows]
        images = views(self._padded, rows, view, self._augment, (self.shape.height, self.shape.width))
        labels = self._labels[rows]
        teachers = self._taught(epoch, rows, view)
        for start in range(0, len(self), self._batch):
            part = slice(start, start + self._batch)
            soft = None if teachers is None else teachers[part]
            yield Batch(self._data.normalised(images[part]), labels[part], soft)

    def _taught(self, epoch: int, rows: Tensor, view: Tensor) -> Tensor | None:
        """What the teachers say of an epoch's views, (N, classes), as the objective wants to see it."""
        found = self._teachers.log_probabilities(rows, view)
        match self._objective:
            case Labels() | Distill() | Cwtm():
                return found
            case Dkpp(redraw=redraw):
                assert found is not None
                drawn = (epoch,) if redraw == "epoch" else ()
                draw = generator(self._seed, "permutation", *drawn)
                # By the sample's index, like its view: neither order nor batch decides.
                keys = torch.rand(len(self), self.shape.classes, generator=draw)
                return permute_rest(found, keys.to(rows.device)[rows])
