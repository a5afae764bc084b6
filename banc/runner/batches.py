"""What an epoch shows a network: views of the training images, their labels, what the teachers say.

In: a train stage's inputs. Out: batches on the device. An epoch's views and look-ups are made in bulk,
so that a step begins with a slice; live teachers are asked for a few steps at a time. Which views they
are is a function of (seed, epoch) alone, and so is what a live teacher is asked at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from banc.config.image import ImageShape
from banc.config.objective import Cwtm, Distill, Dkpp, Labels, Objective
from banc.runner.device import layout
from banc.runner.image_set import load_images, load_labels
from banc.runner.infer import BATCH
from banc.runner.objectives import part_of, permute_rest
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

    def parts(self, objective: Objective, largest: int | None) -> Iterator[tuple[Batch, Tensor | float]]:
        """Batches of at most ``largest`` images, and what the loss of each counts; or the batch itself."""
        size = len(self.labels)
        if largest is None or largest >= size:
            yield self, 1.0
            return
        for start in range(0, size, largest):
            part = slice(start, start + largest)
            teachers = None if self.teachers is None else self.teachers[part]
            batch = Batch(self.images[part], self.labels[part], teachers)
            yield batch, part_of(objective, self.teachers, size, part)


class TrainingSet:
    """The training images of a stage, and its teachers' outputs for them."""

    def __init__(self, root: Path, stage: Train, device: torch.device) -> None:
        """Reads the stage's inputs. Draws numbers from torch's global generator.

        Raises:
            BancError: an input is damaged, or a teacher's outputs are for other images or views.
            UsageError: a teacher's own stage is no longer linked.
        """
        self._data = load_images(root, stage.data, files.ARRAYS[0], device, layout(stage.model))
        self._labels = load_labels(root, stage.data, files.ARRAYS[1], device)
        self._seed, self._objective = stage.seed, stage.objective
        self._batch, self._augment = stage.recipe.batch, stage.recipe.augment
        self._padded = pad(self._data.images, self._augment.pad)
        self._teachers = Teachers(root, stage, self._data, self._padded)
        # Whole steps in about as many images as a store was computed with.
        self._ahead = self._batch * max(1, BATCH // self._batch) if stage.teachers else len(self)

    def __len__(self) -> int:
        return len(self._labels)

    @property
    def shape(self) -> ImageShape:
        """What a network for these images must know."""
        return self._data.shape

    @property
    def live_teachers(self) -> list[nn.Module]:
        """The networks that compute beside the student."""
        return [teacher.network for teacher in self._teachers.live]

    @property
    def steps(self) -> int:
        """How many there are in an epoch."""
        return math.ceil(len(self) / self._batch)

    def epoch(self, epoch: int, done: int = 0) -> Iterator[Batch]:
        """Every image once, in the epoch's order and views; the last batch may be smaller.

        Args:
            done: steps at the beginning of the epoch that are left out; the others are as ever.
        """
        device = self._labels.device
        rows = order(self._seed, epoch, len(self)).to(device)
        view = view_of(self._seed, epoch, len(self), self._augment.views).to(device)[rows]
        images = views(self._padded, rows, view, self._augment, (self.shape.height, self.shape.width))
        labels = self._labels[rows]
        first = done * self._batch
        for begin in range(first // self._ahead * self._ahead, len(self), self._ahead):
            end = min(begin + self._ahead, len(self))
            teachers = self._taught(epoch, rows[begin:end], view[begin:end])
            for start in range(max(begin, first), end, self._batch):
                part = slice(start, min(start + self._batch, end))
                soft = None if teachers is None else teachers[part.start - begin : part.stop - begin]
                yield Batch(self._data.normalised(images[part]), labels[part], soft)

    def _taught(self, epoch: int, rows: Tensor, view: Tensor) -> Tensor | None:
        """What the teachers say of these views, (B, classes), as the objective wants to see it."""
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
