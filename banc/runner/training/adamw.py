"""Adam with decoupled weight decay.

Loshchilov and Hutter, Decoupled Weight Decay Regularization (arXiv 1711.05101), algorithm 2, as torch has it:
with g the gradient, m <- b1 m + (1 - b1) g, v <- b2 v + (1 - b2) g^2, and after t steps w <- w - r (d w + (m
/ (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + e)), where d is the weight decay. In: weights and their gradients.

As for SGD, torch's own class imports torch's compiler at its first use; the kernel is the same.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor
from torch.nn import Parameter

from banc.config.recipe import Recipe
from banc.runner.training.clipping import clip


class AdamW:
    """The optimizer of one network. Its state is two tensors for each trained one, and its count of steps."""

    def __init__(self, parameters: Iterable[Parameter], recipe: Recipe) -> None:
        self.weights: list[Tensor] = [weight for weight in parameters if weight.requires_grad]
        """What is trained."""
        self._means = [torch.zeros_like(weight) for weight in self.weights]
        self._squares = [torch.zeros_like(weight) for weight in self.weights]
        # Of each tensor, as torch counts: only the steps in which it has a gradient. Float32 is exact to
        # 2^24.
        self._steps = [torch.zeros((), device=weight.device) for weight in self.weights]
        self._recipe = recipe

    @property
    def state(self) -> dict[str, Tensor]:
        """What it remembers between steps, by name: the tensors themselves."""
        kinds = {"mean": self._means, "square": self._squares, "steps": self._steps}
        return {f"{kind}.{n}": tensor for kind, tensors in kinds.items() for n, tensor in enumerate(tensors)}

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
        tensors = zip(self.weights, self._means, self._squares, self._steps, strict=True)
        moved = [
            (weight, weight.grad, mean, square, steps)
            for weight, mean, square, steps in tensors
            if weight.grad is not None
        ]
        weights, gradients, means, squares, steps = map(list, zip(*moved, strict=True))
        if recipe.clip_norm:
            clip(gradients, recipe.clip_norm)
        torch._foreach_add_(steps, 1)
        torch._fused_adamw_(
            weights,
            gradients,
            means,
            squares,
            [],
            steps,
            lr=rate,
            beta1=recipe.beta1,
            beta2=recipe.beta2,
            weight_decay=recipe.weight_decay,
            eps=recipe.epsilon,
            amsgrad=False,
            maximize=False,
        )
