"""Stochastic gradient descent with momentum, Nesterov's form of it, and weight decay.

Sutskever et al., On the importance of initialization and momentum in deep learning (ICML 2013), in the
form that torch and the papers' programs use: v <- m v + g, w <- w - r (g + m v), with g the gradient
plus the decay times w; without Nesterov w <- w - r v. In: weights and their gradients.

torch's own class imports torch's compiler at its first use, four seconds a stage; the kernel is the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import torch
from torch import Tensor
from torch.nn import Parameter

from banc.config.recipe import Recipe


class Sgd:
    """The optimizer of one network. Its state is ``momenta``, and nothing else."""

    def __init__(self, parameters: Iterable[Parameter], recipe: Recipe) -> None:
        self.weights: list[Tensor] = [weight for weight in parameters if weight.requires_grad]
        """What is trained."""
        self.momenta = [torch.zeros_like(weight) for weight in self.weights]
        """One for each trained tensor."""
        self._recipe = recipe

    def zero_grad(self) -> None:
        """Clears the gradients."""
        for weight in self.weights:
            weight.grad = None

    @torch.no_grad()
    def step(self, rate: Tensor | float) -> None:
        """Moves every weight that has a gradient.

        Args:
            rate: the learning rate. As a tensor it lies where the weights do, on a GPU in float32.
        """
        recipe = self._recipe
        pairs = zip(self.weights, self.momenta, strict=True)
        moved = [(weight, weight.grad, momentum) for weight, momentum in pairs if weight.grad is not None]
        weights, gradients, momenta = map(list, zip(*moved, strict=True))
        torch._fused_sgd_(
            weights,
            gradients,
            momenta if recipe.momentum else [],
            weight_decay=recipe.weight_decay,
            momentum=recipe.momentum,
            lr=rate,
            dampening=0.0,
            nesterov=recipe.nesterov and recipe.momentum > 0,
            maximize=False,
            is_first_step=False,
        )


def learning_rate(recipe: Recipe, epoch: int) -> float:
    """The learning rate of an epoch, counted from 0.

    It drops at the first epoch that begins at or after the said part of the run. Computed in fractions of the
    decimal numbers that a person writes: as floats 0.07 of 100 epochs is a little more than 7 of them.
    """
    drops = sum(epoch >= Fraction(str(point)) * recipe.epochs for point in recipe.drop_at)
    return recipe.learning_rate * recipe.drop_factor**drops
