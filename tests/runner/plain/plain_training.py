"""A training as the manual and the papers say it, in plain PyTorch, one image after the other.

In: arrays, a fresh network, frozen teachers, and what ``runner.training.randomness`` draws. Out: the trained
network and its curve. Beside the draws nothing of banc computes here, so that the two can agree only where
both are right. Objectives and pixels are computed in float64.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from attrs import frozen
from torch import Tensor, nn
from torch.nn import functional

from banc.config.objective import (
    ConfidenceWeighted,
    DecoupledDistill,
    Distill,
    Labels,
    LogitMatch,
    Objective,
    PermutedTeacher,
    RelationMatch,
)
from banc.config.recipe import Augmentation, Recipe
from banc.runner.training.dropout import counted_dropout
from banc.runner.training.group import BatchSlice
from banc.runner.training.mixup import levels_of, partners_of
from banc.runner.training.randomness import centre_of, order, permutation_keys, view_of


@frozen(eq=False)
class Labelled:
    """Images with labels."""

    images: np.ndarray
    """uint8 (N, C, H, W)."""
    labels: np.ndarray
    """int64 (N,), all of the classes among them."""
    mean: np.ndarray
    """Of each channel, in [0, 1]."""
    std: np.ndarray

    def normal(self, images: np.ndarray) -> Tensor:
        """What a network reads."""
        centred = (images / 255 - self.mean[:, None, None]) / self.std[:, None, None]
        return torch.from_numpy(centred.astype(np.float32)).contiguous(memory_format=torch.channels_last)


def train_plainly(
    network: nn.Module,
    data: Labelled,
    recipe: Recipe,
    objective: Objective,
    seed: int,
    teachers: Sequence[nn.Module] = (),
) -> list[tuple[float, float]]:
    """Trains ``network``. Returns loss and error in percent of each epoch.

    Masks of dropout are drawn by banc, for the place that is said here.
    """
    masks = counted_dropout(network, seed)
    n, classes, curve, number = len(data.labels), int(data.labels.max()) + 1, [], 0
    optimizer, e = _optimizer(network, recipe), recipe.label_smoothing
    steps = recipe.epochs * -(-n // recipe.batch)
    for epoch in range(recipe.epochs):
        images, labels = (
            _shown(data, recipe.augment, seed, epoch),
            _targets(data, recipe.augment, seed, epoch),
        )
        redrawn = isinstance(objective, PermutedTeacher) and objective.redraw == "epoch"
        keys = permutation_keys(seed, n, classes, *([epoch] if redrawn else []))
        losses = errors = 0.0
        for batch in np.split(order(seed, epoch, n).numpy(), range(recipe.batch, n, recipe.batch)):
            optimizer.zero_grad()
            x, y = data.normal(images[batch]), torch.from_numpy(labels[batch])
            t = _told(teachers, x) if teachers else None
            if t is not None and isinstance(objective, PermutedTeacher):
                t = _permuted(t, keys[batch])
            for part in torch.arange(len(batch)).split(recipe.micro_batch or len(batch)):
                masks.begin(number, BatchSlice(0, len(part), len(part), int(part[0])))
                with torch.autocast("cpu", torch.bfloat16, enabled=recipe.precision == "bfloat16"):
                    z = network.train()(x[part])
                z, weight = z.float().double(), len(part) / len(batch)
                if t is not None and isinstance(objective, ConfidenceWeighted):
                    weight = float(t[part].exp().amax(1).sum() / t.exp().amax(1).sum())
                smooth = (1 - e) * y[part] + e / classes
                value = weight * _value(objective, z, smooth, None if t is None else t[part], epoch)
                torch.autograd.backward(value)
                losses += len(batch) * value.item()
                errors += (1 - y[part].gather(1, z.argmax(1, keepdim=True))).sum().item()
            if recipe.clip_norm:
                nn.utils.clip_grad_norm_(network.parameters(), recipe.clip_norm)
            for group in optimizer.param_groups:
                group["lr"] = _rate(recipe, epoch, number, steps)
            optimizer.step()
            number += 1
        curve.append((losses / n, 100 * errors / n))
    return curve


def _optimizer(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(
            weights, 1.0, recipe.momentum, weight_decay=recipe.weight_decay, nesterov=recipe.nesterov
        )
    betas = recipe.beta1, recipe.beta2
    return torch.optim.AdamW(weights, 1.0, betas, recipe.epsilon, recipe.weight_decay)


def _rate(recipe: Recipe, epoch: int, number: int, steps: int) -> float:
    """The learning rate of step ``number`` of ``steps``."""
    warm = math.ceil(recipe.warm_up * steps - 1e-9)
    rising = (number + 1) / warm if number < warm else 1.0
    if recipe.schedule == "steps":
        drops = sum(epoch >= point * recipe.epochs - 1e-9 for point in recipe.drop_at)
        return recipe.learning_rate * recipe.drop_factor**drops * rising
    part = max(0.0, (number - warm) / (steps - warm))
    return recipe.learning_rate * rising * (1 + math.cos(math.pi * part)) / 2


def _shown(data: Labelled, augment: Augmentation, seed: int, epoch: int) -> np.ndarray:
    """Every image as the epoch shows it, uint8 (N, C, H, W)."""
    n, _, height, width = data.images.shape
    pad, side = augment.pad, augment.cutout
    mode: Any = "reflect" if augment.fill == "reflect" else "constant"
    padded = np.pad(data.images, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode=mode)
    centres, shown = centre_of(seed, epoch, n, height * width).numpy(), np.empty_like(data.images)
    for at, view in enumerate(view_of(seed, epoch, n, augment.num_views).tolist()):
        mirrored, offset = divmod(view, (2 * pad + 1) ** 2)
        down, right = divmod(offset, 2 * pad + 1)
        image = padded[at, :, down : down + height, right : right + width]
        image = (image[:, :, ::-1] if mirrored else image).copy()
        if side:
            top, left = (int(place) - side // 2 for place in divmod(centres[at], width))
            rows, columns = (slice(max(first, 0), max(first + side, 0)) for first in (top, left))
            image[:, rows, columns] = np.round(255 * data.mean)[:, None, None]
        shown[at] = image
    if not augment.mixup:
        return shown
    share = _share(data, augment, seed, epoch)[:, None, None, None]
    others = shown[partners_of(seed, epoch, n).numpy()]
    mixed: np.ndarray = np.floor(share * shown + (1 - share) * others + 0.5).astype(np.uint8)
    return mixed


def _targets(data: Labelled, augment: Augmentation, seed: int, epoch: int) -> np.ndarray:
    """What the labels say of each image, as probabilities (N, K)."""
    right: np.ndarray = np.eye(data.labels.max() + 1)[data.labels]
    if augment.mixup:
        share = _share(data, augment, seed, epoch)[:, None]
        right = share * right + (1 - share) * right[partners_of(seed, epoch, len(right)).numpy()]
    return right


def _share(data: Labelled, augment: Augmentation, seed: int, epoch: int) -> np.ndarray:
    share: np.ndarray = levels_of(seed, epoch, len(data.labels), augment.mixup).numpy() / 256
    return share


def _told(teachers: Sequence[nn.Module], x: Tensor) -> Tensor:
    """The log of the mean of what frozen teachers say, each rounded as a store rounds it: float64 (B, K)."""
    with torch.no_grad():
        said = [teacher.eval()(x).log_softmax(1).half().double().exp() for teacher in teachers]
    return torch.stack(said).mean(0).log()


def _permuted(t: Tensor, keys: Tensor) -> Tensor:
    """All but the largest output of each image, in the order of its keys."""
    t = t.clone()
    for row, key in zip(t, keys.tolist(), strict=True):
        rest = [k for k in range(len(row)) if k != int(row.argmax())]
        row[rest] = row[sorted(rest, key=lambda k: key[k])]
    return t


def _value(objective: Objective, z: Tensor, y: Tensor, t: Tensor | None, epoch: int) -> Tensor:
    """The objective for a batch: of logits, what the labels say, and the teacher's log-probabilities."""
    on_labels = -(y * z.log_softmax(1)).sum(1)
    if isinstance(objective, Labels):
        return on_labels.mean()
    assert t is not None
    match objective:
        case ConfidenceWeighted():
            sure = t.exp().amax(1)
            return (sure * on_labels).sum() / sure.sum()
        case PermutedTeacher():
            return -(t.softmax(1) * z.log_softmax(1)).sum(1).mean()
        case LogitMatch(labels=labels, teacher=teacher):
            apart = (z - z.mean(1, keepdim=True)) - (t - t.mean(1, keepdim=True))
            return labels * on_labels.mean() + teacher * apart.square().sum(1).mean() / (2 * z.shape[1])
        case RelationMatch(temperature=T, labels=labels, inter=inter, intra=intra):
            value = labels * on_labels.mean()
            for weight, axis in ((inter, 1), (intra, 0)):
                q, p = ((each / T).softmax(1) for each in (z, t))
                q, p = (each - each.mean(axis, keepdim=True) for each in (q, p))
                value = value + weight * T**2 * (1 - functional.cosine_similarity(q, p, axis)).mean()
            return value
        case Distill(temperature=T, labels=labels, teacher=teacher):
            z, t = _scores(objective, z, t)
            soft = -((t / T).softmax(1) * (z / T).log_softmax(1)).sum(1).mean()
            return labels * on_labels.mean() + teacher * T**2 * soft
        case DecoupledDistill(temperature=T, labels=labels, alpha=alpha, beta=beta, warm_up=warm_up):
            z, t = _scores(objective, z, t)
            value = torch.zeros((), dtype=z.dtype)
            for q, p, label in zip((z / T).softmax(1), (t / T).softmax(1), y.argmax(1), strict=True):
                rest = torch.arange(len(q)) != label
                for weight, one, two in (
                    (alpha, *(torch.stack((each[label], each[rest].sum())) for each in (p, q))),
                    (beta, *(each[rest] / each[rest].sum() for each in (p, q))),
                ):
                    value = value + weight * (one * (one / two).log()).sum()
            grown = min(1.0, (epoch + 1) / warm_up) if warm_up else 1.0
            return labels * on_labels.mean() + grown * T**2 * value / len(z)
        case _:
            raise AssertionError(objective)


def _scores(objective: Distill | DecoupledDistill, z: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    if not objective.standardise:
        return z, t
    z, t = ((each - each.mean(1, keepdim=True)) / each.std(1, correction=0, keepdim=True) for each in (z, t))
    return z, t
