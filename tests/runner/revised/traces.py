"""What each item of the vocabulary computes, as a coarse trace: see ``test_revisions.py``."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import torch
from torch.nn import Parameter
from torch.nn.functional import cross_entropy

from banc.config.data import Digits
from banc.config.image import ImageShape
from banc.config.model import (
    DenseNetBC,
    Model,
)
from banc.config.objective import (
    Labels,
    Objective,
)
from banc.config.recipe import PRESETS, Augmentation, Recipe
from banc.models.build import build
from banc.runner.datasets.digits import digits
from banc.runner.training.augment import cut_out, normalise, pad, render_views
from banc.runner.training.dropout import counted_dropout
from banc.runner.training.group import BatchSlice
from banc.runner.training.mixup import LEVELS, levels_of, mix, partners_of
from banc.runner.training.objectives import Mixed, loss, permute_rest
from banc.runner.training.optimizer import new_optimizer
from banc.runner.training.randomness import centre_of, order, permutation_keys, stream, view_of
from banc.runner.training.schedule import learning_rate

SHAPE = ImageShape(channels=3, height=8, width=8, classes=4)
SKELETON = DenseNetBC(depth=16, growth=4, third_transition=True)

Trace = list[float | str]


def model_trace(*models: Model) -> Trace:
    """Losses of three plain steps on fixed images, from the weights that a seed gives.

    In float64: with as few channels and images as here, batch normalisation makes much of how processors
    round float32.
    """
    images = torch.sin(torch.arange(6 * 3 * 8 * 8).reshape(6, 3, 8, 8) * 0.37).double()
    labels = torch.arange(6) % 4
    trace: Trace = []
    for model in models:
        torch.manual_seed(stream(0, "init"))
        network = build(model, SHAPE).double().train()
        masks = counted_dropout(network, 0)
        for step in range(3):
            masks.begin(step, BatchSlice(0, 6, 6))
            value = cross_entropy(network(images), labels)
            trace.append(value.item())
            weights = list(network.parameters())
            with torch.no_grad():
                for weight, gradient in zip(weights, torch.autograd.grad(value, weights), strict=True):
                    weight.sub_(gradient, alpha=0.02)
    return trace


def objective_trace(*objectives: Objective, smoothing: float = 0.0) -> Trace:
    """Value and gradient's length on fixed logits."""
    labels = torch.arange(5) % 3
    teacher = torch.log_softmax(torch.cos(torch.arange(15.0).reshape(5, 3)) * 2, 1)
    trace: Trace = []
    for objective in objectives:
        logits = (torch.sin(torch.arange(15.0).reshape(5, 3)) * 3).requires_grad_()
        value = loss(objective, logits, labels, teacher, smoothing=smoothing)
        (gradient,) = torch.autograd.grad(value, logits)
        trace += [value.item(), gradient.norm().item()]
    return trace


def permutation_trace() -> Trace:
    """Where DKPP moves what."""
    keys = permutation_keys(3, 3, 5, 1)
    found: Trace = permute_rest(torch.arange(15.0).reshape(3, 5), keys).flatten().tolist()
    return found


def optimizer_trace(recipe: Recipe) -> Trace:
    """Five steps of two weights."""
    weight = Parameter(torch.tensor([1.0, -2.0, 0.5]))
    optimizer = new_optimizer([weight], recipe)
    trace: Trace = []
    for epoch in range(5):
        optimizer.zero_grad()
        torch.autograd.backward((weight**4).sum())
        optimizer.step(learning_rate(recipe, epoch) / 10)
        trace += weight.tolist()
    return trace


def rates_of(**changes: Any) -> Trace:
    recipe = attrs.evolve(PRESETS["wide-resnet"], epochs=5, **changes)
    return [learning_rate(recipe, epoch, step, 3) for epoch in range(5) for step in range(3)]


def recipe_trace() -> Trace:
    """Learning rates, steps, views and orders of a short run."""
    recipe = attrs.evolve(PRESETS["wide-resnet"], epochs=5, augment=Augmentation(pad=2, flip=True))
    trace: Trace = [learning_rate(recipe, epoch) for epoch in range(5)]
    for epochs in (1, 7, 8):
        trace += [learning_rate(attrs.evolve(recipe, epochs=epochs), epoch) for epoch in range(epochs)]
    trace += optimizer_trace(recipe)
    trace += map(float, order(3, 1, 7).tolist())
    seen = view_of(3, 1, 7, recipe.augment.num_views)
    trace += map(float, seen.tolist())
    images = (torch.arange(7 * 3 * 8 * 8) % 251).reshape(7, 3, 8, 8).to(torch.uint8)
    crops = render_views(pad(images, 2), torch.arange(7), seen, recipe.augment, (8, 8))
    trace += normalise(crops, [0.4, 0.5, 0.6], [0.2, 0.3, 0.4])[:, :, 1, 2].flatten().tolist()
    return trace


def zero_padding_trace() -> Trace:
    images = (1 + torch.arange(3 * 3 * 8 * 8) % 251).reshape(3, 3, 8, 8).to(torch.uint8)
    found: Trace = pad(images, 2, "zeros")[:, :, 1:4, 1:4].flatten().double().tolist()
    return found


def cutout_trace() -> Trace:
    centre = centre_of(3, 1, 7, 64)
    images = (torch.arange(7 * 3 * 8 * 8) % 251).reshape(7, 3, 8, 8).to(torch.uint8)
    made = cut_out(images, centre, 3, torch.tensor([5, 6, 7], dtype=torch.uint8))
    return [*map(float, centre.tolist()), *made[:, 1].double().mean((1, 2)).tolist()]


def mixup_trace() -> Trace:
    """Partners and shares; what is mixed of them; the loss."""
    partners, levels = partners_of(3, 1, 7), levels_of(3, 1, 7, 0.4)
    images = (torch.arange(7 * 3 * 8 * 8) % 251).reshape(7, 3, 8, 8).to(torch.uint8)
    mixed = mix(images, images[partners], levels)
    found: Trace = [*map(float, partners.tolist()), *map(float, levels.tolist())]
    found += mixed[:, 1].double().mean((1, 2)).tolist()
    logits = torch.sin(torch.arange(21.0).reshape(7, 3)) * 3
    labels = torch.arange(7) % 3
    pair = Mixed(labels[partners], levels / LEVELS)
    return [*found, loss(Labels(), logits, labels, None, mixed=pair).item()]


def digits_trace() -> Trace:
    split = digits(Digits(train=20))
    weighted = (split.train_images.reshape(20, -1) * np.arange(64.0)).sum(1)
    return [*weighted.tolist(), *map(float, split.train_labels.tolist())]
