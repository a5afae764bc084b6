"""Whether an objective of a person's own can be trained with, found out on made tensors.

In: a declaration, a number of classes, and the workspace. Out: nothing, or why not.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from banc.config.objective import OwnObjective
from banc.models.own_objective import Losses, own_objective
from banc.models.unusable import Unusable

IMAGES = 6
SURE = 60.0
"""Nats by which a teacher prefers its class that is as sure as float32 can say."""


def validate_objective(objective: OwnObjective, classes: int, root: Path) -> None:
    """Calls the function as a step would, with teachers that are sure and unsure.

    Raises:
        Unusable: it fails, or its losses are not finite, have no gradient, differ from call to call, depend
            on
            other images of the step, or do not depend on the teacher.
    """
    name = f"`{objective.function}` of `{objective.file}`"
    losses = own_objective(objective, root)
    source = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(IMAGES, classes, generator=source)
    labels = torch.randint(classes, (IMAGES,), generator=source)
    teachers = {
        "a teacher": torch.log_softmax(3 * torch.randn(IMAGES, classes, generator=source), 1),
        "another teacher": torch.log_softmax(3 * torch.randn(IMAGES, classes, generator=source), 1),
        "a teacher that is sure of the label": torch.log_softmax(
            SURE * torch.nn.functional.one_hot(labels, classes).float(), 1
        ),
        "a teacher that is sure of another class": torch.log_softmax(
            SURE * torch.nn.functional.one_hot((labels + 1) % classes, classes).float(), 1
        ),
    }
    found = {
        words: _with_gradient(name, words, losses, logits, labels, said) for words, said in teachers.items()
    }
    teacher = teachers["a teacher"]
    value, gradient = found["a teacher"]
    again, _ = _with_gradient(name, "a teacher", losses, logits, labels, teacher)
    if not torch.equal(value, again):
        raise Unusable(
            f"{name} gives other losses when it is called again",
            hint="what it draws at random would not be the same when a training goes on after a stop",
        )
    for image in range(IMAGES):
        one = slice(image, image + 1)
        alone = losses(logits[one], labels[one], teacher[one])
        if not torch.allclose(alone, value[one], rtol=1e-3, atol=1e-4):
            raise Unusable(
                f"{name} gives an image another loss beside other images than alone",
                hint="banc takes the mean over a step, which it may split over micro-batches and processes",
            )
    if torch.equal(value, found["another teacher"][0]) and torch.equal(gradient, found["another teacher"][1]):
        raise Unusable(f"{name} does not depend on the teacher", hint="without a teacher, it is a `baseline`")


def _with_gradient(
    name: str, words: str, losses: Losses, logits: Tensor, labels: Tensor, teacher: Tensor
) -> tuple[Tensor, Tensor]:
    """Losses (B,) and the gradient of their sum (B, K)."""
    logits = logits.clone().requires_grad_()
    value = losses(logits, labels.clone(), teacher.clone())
    if not value.requires_grad:
        raise Unusable(f"the losses of {name} do not depend on the logits by anything that has a gradient")
    if not torch.isfinite(value).all():
        raise Unusable(f"{name} gives a loss that is not finite, with {words}")
    (gradient,) = torch.autograd.grad(value.sum(), logits)
    if not torch.isfinite(gradient).all():
        raise Unusable(f"the gradient of {name} is not finite, with {words}")
    return value.detach(), gradient
