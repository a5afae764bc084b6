"""An epoch by the loop that a careful person writes: DataLoader, torchvision's transforms, ``loss.item()``.

The epoch alone: images, networks and loader are there already.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from job import BATCH, MODELS, RECIPE, SHAPE, Images
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader

from banc.models.build import build


def prepare(model: str, workers: int) -> Callable[[], float]:
    loader = DataLoader(Images(), BATCH, shuffle=True, num_workers=workers, persistent_workers=workers > 0)
    student, teacher = (build(MODELS[model], SHAPE) for _ in range(2))
    optimizer = torch.optim.SGD(
        student.parameters(),
        lr=RECIPE.learning_rate,
        momentum=RECIPE.momentum,
        nesterov=RECIPE.nesterov,
        weight_decay=RECIPE.weight_decay,
    )
    return lambda: epoch(student, teacher, optimizer, loader)


def epoch(
    student: nn.Module,
    teacher: nn.Module,
    optimizer: torch.optim.Optimizer,
    loader: DataLoader[tuple[Tensor, int]],
) -> float:
    """The mean loss."""
    student.train()
    teacher.eval()
    running = 0.0
    for images, labels in loader:
        with torch.no_grad():
            soft = teacher(images).softmax(1)
        logits = student(images)
        loss = cross_entropy(logits, labels) + cross_entropy(logits, soft)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        running += loss.item()
    return running / len(loader)
