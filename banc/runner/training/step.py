"""One step of a training: forward, backward, update.

In: a batch, and where the training is. Out: other weights, momenta and sums, in the same tensors. What
differs from one whole batch to the next is in tensors too: the batch, the number of the step, the learning
rate. Nothing here waits for the device. So a GPU may record a step once and repeat it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from banc.config.model import UserNetwork
from banc.models.own_objective import Losses
from banc.runner.training.batches import Step
from banc.runner.training.cuda_graph import Graphs, Recorded
from banc.runner.training.device import autocast, reseed
from banc.runner.training.dropout import Masks
from banc.runner.training.group import Group
from banc.runner.training.objectives import loss
from banc.runner.training.optimizer import Optimizer
from banc.runner.training.randomness import stream
from banc.runner.training.whole_batch import sum_over
from banc.stage.kinds import Train


class TrainingStep:
    """The step of one training."""

    def __init__(
        self,
        stage: Train,
        model: nn.Module,
        optimizer: Optimizer,
        masks: Masks,
        sums: Tensor,
        group: Group,
        graphs: Graphs | None = None,
        own: Losses | None = None,
    ) -> None:
        """All but ``stage`` are the training's own, not copies.

        Args:
            model: the network as a step calls it, on its device.
            masks: of its dropout.
            sums: float32 (2,) on the device: each step adds its loss, times its images, and its errors.
            graphs: where steps are recorded, if they are.
            own: the function of an objective of a person's own.
        """
        self._stage, self._model, self._optimizer = stage, model, optimizer
        self._masks, self._sums, self._group = masks, sums, group
        self._sum_over, self._own = sum_over(group), own
        device = sums.device
        self._number = torch.zeros((), dtype=torch.int64, device=device)
        # A GPU's kernels read the rate as float32, those of a CPU as float64.
        kind = torch.float32 if device.type == "cuda" else torch.float64
        self._rate = torch.zeros((), dtype=kind, device=device)
        self._ramp = torch.ones((), device=device)
        self._take = self._compute if graphs is None else Recorded(self._compute, graphs)

    def place(self, number: int, rate: float, ramp: float) -> None:
        """Call before each step.

        Args:
            number: of the step, from the beginning of the training.
            rate: the learning rate.
            ramp: what ``objectives.ramp`` says of the epoch.
        """
        self._number.fill_(number)
        self._rate.fill_(rate)
        self._ramp.fill_(ramp)
        if isinstance(self._stage.model, UserNetwork) or self._own is not None:
            # It may draw from torch's generators. Nothing of banc's own does.
            reseed(self._sums.device, stream(self._stage.seed, "dropout", number))

    def __call__(self, step: Step) -> None:
        """Takes the step."""
        self._take(*step)

    def _compute(self, *fields: Any) -> None:
        """Takes the step of these fields of ``Step``."""
        step = Step(*fields)
        objective, precision = self._stage.objective, self._stage.recipe.precision
        self._optimizer.zero_grad()
        for micro_batch, weight in step.micro_batches(objective, self._group):
            self._masks.begin(self._number, *micro_batch.slices)
            with autocast(self._sums.device, precision):
                logits = self._model(micro_batch.images)
            value = weight * loss(
                objective,
                logits,
                micro_batch.labels,
                micro_batch.teachers,
                mixed=micro_batch.mixed,
                smoothing=self._stage.recipe.label_smoothing,
                ramp=self._ramp,
                sum_over=self._sum_over,
                own=self._own,
            )
            torch.autograd.backward(self._group.size * value)
            self._sums += self._group.sum(_sums(step.size * value, logits, micro_batch))
        self._optimizer.step(self._rate)


@torch.no_grad()
def _sums(value: Tensor, logits: Tensor, step: Step) -> Tensor:
    """Loss, summed over images, and errors: (2,) on the device.

    Of a mixed image each of its two labels counts by its share.
    """
    found = logits.argmax(1)
    wrong = (found != step.labels).float()
    if step.mixed is not None:
        wrong = wrong.lerp((found != step.mixed.labels).float(), 1 - step.mixed.ratios)
    return torch.stack((value.detach(), wrong.sum()))
