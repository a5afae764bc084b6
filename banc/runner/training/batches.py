"""What an epoch shows a network: views of the training images, their labels, what the teachers say.

In: a train stage's inputs. Out: batches on the device. An epoch's views and look-ups are made in bulk,
so that a step begins with a slice; live teachers are asked for a few steps at a time. Which views they
are is a function of (seed, epoch) alone, and so is what a live teacher is asked at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from banc.config.image import ImageShape
from banc.config.objective import Objective, PermutedTeacher
from banc.config.recipe import Recipe
from banc.errors import BancError
from banc.runner.training.cuda_graph import Graphs
from banc.runner.training.device import layout, send
from banc.runner.training.group import BatchSlice, Group
from banc.runner.training.image_set import load_images, load_labels
from banc.runner.training.objectives import Mixed, confidence, has_batch_weights, part_weight, permute_rest
from banc.runner.training.randomness import order, permutation_keys
from banc.runner.training.shown import ShownImages
from banc.runner.training.teachers import Teachers
from banc.stage import files
from banc.stage.kinds import Train


class Step(NamedTuple):
    """One training step's data for this process."""

    images: Tensor
    """float32 (b, C, H, W), normalised."""
    labels: Tensor
    """int64 (b,)"""
    teachers: Tensor | None
    """The teachers' log-probabilities (b, classes), where there are teachers."""
    slices: tuple[BatchSlice, ...]
    """The step's parts that go through the network one after the other; here they lie in this order."""
    partner_labels: Tensor | None = None
    """Of the images that these are mixed with, int64 (b,); None without mixup."""
    ratios: Tensor | None = None
    """The share of each image in its mixture, float32 (b,); None without mixup."""

    @property
    def mixed(self) -> Mixed | None:
        """The second labels and the shares of the first, where images are mixed."""
        if self.partner_labels is None or self.ratios is None:
            return None
        return Mixed(self.partner_labels, self.ratios)

    @property
    def size(self) -> int:
        """Images of the step over all processes, B."""
        return sum(piece.size for piece in self.slices)

    def micro_batches(self, objective: Objective, group: Group) -> Iterator[tuple[Step, Tensor | float]]:
        """Yields (micro-batch, loss weight); ``group`` knows the micro-batch while the caller uses it."""
        total, begin = None, 0
        if has_batch_weights(objective):
            assert self.teachers is not None
            total = group.sum(confidence(self.teachers).sum())
        for piece in self.slices:
            part = slice(begin, begin + piece.end - piece.begin)
            begin = part.stop
            teachers, partners, ratios = (
                None if tensor is None else tensor[part]
                for tensor in (self.teachers, self.partner_labels, self.ratios)
            )
            step = Step(self.images[part], self.labels[part], teachers, (piece,), partners, ratios)
            whole = piece.end - piece.begin == self.size
            weight = 1.0 if whole else part_weight(self.teachers, part, self.size, total)
            with group.using(piece, last=piece is self.slices[-1]):
                yield step, weight


class TrainingSet:
    """The training images of a stage, and its teachers' outputs for them."""

    def __init__(
        self, root: Path, stage: Train, device: torch.device, group: Group, graphs: Graphs | None = None
    ) -> None:
        """Reads the stage's inputs. Draws numbers from torch's global generator.

        Args:
            graphs: where the work of live teachers is recorded, if it is.

        Raises:
            BancError: an input is damaged, a teacher's outputs are for other images, or a step has
                fewer images than there are processes.
        """
        self._data = load_images(root, stage.data, files.DATA_ARRAYS[0], device, layout(stage.model))
        self._labels = load_labels(root, stage.data, files.DATA_ARRAYS[1], self._data)
        self._seed, self._objective = stage.seed, stage.objective
        self._shown = ShownImages(self._data, stage.recipe.augment, stage.seed)
        self._teachers = Teachers(root, stage, self._data, graphs)
        self._slices = slices_of_epoch(len(self), stage.recipe, group)
        ahead = self._teachers.ahead(device)
        # Whole steps.
        self._ahead = self.steps if ahead is None else max(1, ahead // stage.recipe.batch)

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
        return len(self._slices)

    @property
    def smallest(self) -> int:
        """The fewest images that go through the network at once, over all processes."""
        return min(piece.size for step in self._slices for piece in step)

    def epoch(self, epoch: int, done: int = 0) -> Iterator[Step]:
        """Every image once, in the epoch's order and views; the last step may have fewer.

        Args:
            done: steps at the beginning of the epoch that are left out; the others are as ever.
        """
        rows = order(self._seed, epoch, len(self))
        here, ends = self._here
        rows = rows[here]
        view = self._shown.views(epoch)[rows]
        keys = self._keys(epoch, rows)
        images = self._shown(epoch, rows)
        labels, partners, ratios = self._targets(epoch, rows)
        for first in range(done // self._ahead * self._ahead, self.steps, self._ahead):
            ahead = slice(ends[first], ends[min(first + self._ahead, self.steps)])
            teachers = self._teachers.log_probabilities(epoch, rows[ahead], view[ahead], images[ahead])
            if keys is not None:
                assert teachers is not None
                teachers = permute_rest(teachers, send(keys[ahead], images.device))
            for step in range(max(first, done), min(first + self._ahead, self.steps)):
                part = slice(ends[step], ends[step + 1])
                soft = (
                    None if teachers is None else teachers[part.start - ahead.start : part.stop - ahead.start]
                )
                yield Step(
                    self._data.normalised(images[part]),
                    labels[part],
                    soft,
                    self._slices[step],
                    None if partners is None else partners[part],
                    None if ratios is None else ratios[part],
                )

    def _targets(self, epoch: int, rows: Tensor) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """Labels of images ``rows``; with mixup those of their partners, and the images' own shares."""
        device = self._labels.device
        labels = self._labels[send(rows, device)]
        partners, ratios = self._shown.partners(epoch), self._shown.ratios(epoch)
        if partners is None or ratios is None:
            return labels, None, None
        return labels, self._labels[send(partners[rows], device)], send(ratios[rows], device)

    @cached_property
    def _here(self) -> tuple[Tensor, list[int]]:
        """Indices of this process into an epoch's order, and where each step starts in them."""
        places, ends, begin = [], [0], 0
        for piece in self._slices:
            for part in piece:
                places.append(torch.arange(begin + part.begin, begin + part.end))
                begin += part.size
            ends.append(ends[-1] + sum(part.end - part.begin for part in piece))
        return torch.cat(places), ends

    def _keys(self, epoch: int, rows: Tensor) -> Tensor | None:
        """Random keys, float64 (b, classes), where the objective permutes what teachers say of images."""
        match self._objective:
            case PermutedTeacher(redraw=redraw):
                drawn = (epoch,) if redraw == "epoch" else ()
                # By the sample's index, like its view: neither order nor batch decides.
                return permutation_keys(self._seed, len(self), self.shape.classes, *drawn)[rows]
            case _:
                return None


def slices_of_epoch(images: int, recipe: Recipe, group: Group) -> list[tuple[BatchSlice, ...]]:
    """Slices of this process: one of each part of each step of an epoch.

    Raises:
        BancError: some part has fewer images than there are processes.
    """
    slices = []
    for begin in range(0, images, recipe.batch):
        size = min(recipe.batch, images - begin)
        largest = recipe.micro_batch or size
        slices.append(
            tuple(group.slice_of(min(largest, size - start), start) for start in range(0, size, largest))
        )
    smallest = min(part.size for parts in slices for part in parts)
    if smallest < group.size:
        raise BancError(
            f"{group.size} processes cannot share the `{smallest}` images that go through the network at the "
            "end of an epoch",
            hint=f"train with at most {smallest} of them",
        )
    return slices
